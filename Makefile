# Two commands are enough: `make demo` shows the project at work, `make check` says whether a change may land.
PYTHON ?= python3
BIN := .venv/bin
CODE := benchmarks deploy libs services tests

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*##.*/\1/p' $(MAKEFILE_LIST))

help: ## Show this list
	@awk -F ':[^#]*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use it

setup: ## Install what is missing: .venv, Node and Azurite, Apertium (runs first in demo, up, dev, test and check)
	@$(PYTHON) -m deploy.local.setup $(SETUP)

demo: setup ## Translate samples/ with the whole stack on free ports (KEEP=1 leaves it running)
	@$(BIN)/python -m deploy.local.demo $(if $(filter-out 0,$(KEEP)),--keep)

up: setup ## Run the stack until Ctrl-C (API_PORT BLOB_PORT QUEUE_PORT TABLE_PORT WORKERS ENGINE=azure-emulated)
	@$(BIN)/python -m deploy.local.up

dev: setup ## The same, and restart the services when their code changes
	@$(BIN)/python -m deploy.local.up --reload

##@ Check a change

# What runs a browser needs one, what reads real documents has them fetched.
test check: SETUP = --browser --corpora --rules
unit quick: SETUP = --rules
coverage: SETUP = --corpora --rules
screenshots: SETUP = --browser
test-office: SETUP = --corpora --office
bench-documents: SETUP = --corpora

lint: setup ## Lint, format check, types, import rules, spelling, workflows: no test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/zizmor --quiet --offline --pedantic .github

unit: setup ## Run the unit tests, in as many processes as there are cores (less than a minute)
	@$(BIN)/python -m pytest $(PARALLEL) tests/unit

quick: lint unit ## What to run before each commit: lint and unit (less than 3 minutes)

test: setup ## Run all tests, in two processes where there are two cores
	@$(BIN)/python -m pytest $(PARALLEL)

check: lint test ## All that decides whether a change may land: lint, then all tests

coverage: setup ## Lines and branches that unit, contract and integration tests reach; fails below the floor
	@mkdir -p build/coverage && rm -f build/coverage/data*
	@$(BIN)/coverage run -m pytest tests/unit tests/contract tests/integration
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage html --quiet
	@$(BIN)/coverage report

docs: setup ## Build the site of the documents into build/site; a broken link fails it
	@$(BIN)/sphinx-build --quiet --fail-on-warning --conf-dir docs . build/site
	@echo build/site/docs/index.html

##@ Check more of it, slowly

mutants: setup ## Plant each bug of the first generation in a copy of the code; a test must notice it
	@$(BIN)/python -m tests.mutants

test-office: setup ## LibreOffice opens the translation of every real office document; installs it, takes minutes
	@$(BIN)/python -m tests.office

soak: setup ## Many seeds of faults at a higher rate, and long outages (SEEDS=50 RATE=0.05); takes long
	@$(BIN)/python -m tests.faults.soak --seeds $(or $(SEEDS),50) --rate $(or $(RATE),0.05)

compose-check: setup ## Build the image, play faults on the compose stack, fire every alert (Docker Engine; 15 minutes)
	@$(BIN)/python -m tests.compose $(CHECK)

cluster-check: setup ## The local overlay on the cluster that kubectl reaches, and faults (IMAGE SCENES FILES JOBS STORM AWAY LOAD)
	@$(BIN)/python -m tests.cluster $(foreach it,IMAGE SCENES FILES JOBS STORM AWAY LOAD,$(if $($(it)),--$(call lower,$(it)) "$($(it))"))

lower = $(shell echo $(1) | tr A-Z a-z)

##@ Measure

bench: setup ## Compare the worker with a bare loop, Celery and other ways to do it; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bench-distant: setup ## The same with storage that answers 10 ms later, as one does that is not on this machine
	@$(BIN)/python -m benchmarks --latency 10 --files 600 --rounds 2

bench-clients: setup ## CPU a file with the storage SDKs as they come and with what we change; takes 5 minutes
	@$(BIN)/python -m benchmarks.clients

bench-growth: setup ## What must not grow with the number of files and jobs; half an hour
	@$(BIN)/python -m benchmarks.growth $(if $(SCALE),--scale $(SCALE))

bench-closers: setup ## What a hundred workers read of one job to know when it ends; takes 7 minutes
	@$(BIN)/python -m benchmarks.closers $(if $(SCALE),--scale $(SCALE))

bench-jobs: setup ## 10,000 open jobs on one dispatcher: messages a job, and how soon a new job starts; half an hour
	@$(BIN)/python -m benchmarks.jobs $(if $(SCALE),--scale $(SCALE))

bench-sizes: setup ## Many small files, few large ones, one too large (SCALE=0.1: a tenth of it)
	@$(BIN)/python -m benchmarks.sizes $(if $(SCALE),--scale $(SCALE))

bench-idle: setup ## Storage calls of an empty system, and how soon it wakes; takes 10 minutes
	@$(BIN)/python -m benchmarks.idle $(if $(SCALE),--scale $(SCALE))

bench-engines: setup ## What sharing requests, the memory, the pace and living pipelines are worth; takes 8 minutes
	@$(BIN)/python -m benchmarks.engines

scale: setup ## Draw docs/scale.md anew: what limits how fast a deployment can be
	@$(BIN)/python -m benchmarks.scale_page

bench-documents: setup ## Formats beside the obvious alternatives, on real documents; writes docs/benchmarks-documents.md
	@$(BIN)/python -m benchmarks.documents

##@ Write again what is generated

samples: setup ## Write the large and the oddly encoded samples again (always the same bytes)
	@$(BIN)/python -m deploy.local.samples

screenshots: setup ## Run the samples and take docs/job.png, the picture in the README
	@$(BIN)/python -m deploy.local.screenshots

licences: setup ## Write docs/licences.md: what the services are installed with, and under which licence
	@$(BIN)/python -m deploy.licences

##@ Maintain

audit: setup ## Look up known vulnerabilities of requirements.lock; fails where that cannot be done
	@$(BIN)/python -m deploy.audit

lock: setup ## Resolve the dependencies again: all requirements*.lock and Azurite's package-lock.json
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) --group node -o requirements-node.lock
	$(COMPILE) --group go -o requirements-go.lock
	$(COMPILE) --group corpora --no-deps -o requirements-corpora.lock
	$(COMPILE) --group contenders -c requirements-dev.lock -o requirements-contenders.lock
	$(COMPILE) --group sdists -o requirements-sdists.lock
	$(COMPILE) benchmarks/requirements-celery.in -c requirements.lock -o benchmarks/requirements-celery.lock
	@$(BIN)/python -m deploy.local.setup.relock

clean: ## Remove the stack's data and all caches (.venv and node_modules stay)
	rm -rf .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find $(CODE) -name node_modules -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

PARALLEL = --numprocesses=auto --dist=loadgroup

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock"
