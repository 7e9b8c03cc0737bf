"""The image, read and not built: what would break it, or open it, without anyone noticing."""

import json
import re
import subprocess
import sys
import sysconfig
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.image.dockerfile import all_of, instructions, is_ignored, last, seen_by_the_build, stages
from deploy.local.places import ROOT
from deploy.local.setup.apertium import PAIRS, PROGRAMS
from tests.conftest import missing

HADOLINT = Path(sysconfig.get_path("scripts")) / "hadolint"


@pytest.mark.parametrize("name", ["CMD", "ENTRYPOINT", "HEALTHCHECK"])
def test_a_signal_reaches_the_process_itself(name: str) -> None:
    assert all(isinstance(word, str) for word in last(name).exec_form)


def test_it_does_not_run_as_root_and_says_so_in_numbers() -> None:
    names = [instruction.name for instruction in instructions()]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last("USER").value)
    assert "RUN" not in names[names.index("USER") :]


def test_what_the_first_stage_installs_runs_on_the_base_of_the_last() -> None:
    bases = {instruction.arguments[-1]: instruction.arguments[0] for instruction in all_of("FROM")}
    # Of Node's stage nothing runs in the image: it brings files that browsers are given.
    assert bases.pop("reference").startswith("node:")
    assert len(set(bases.values())) == 1
    for base in bases.values():
        tag = base.partition(":")[2]
        assert tag
        assert "latest" not in tag


def test_everything_copied_is_there_and_reaches_the_build() -> None:
    sources = [
        source
        for instruction in all_of("COPY")
        if instruction.other_stage is None
        for source in instruction.arguments[:-1]
    ]
    assert sorted(sources) == [
        "deploy/local/package-lock.json", "deploy/local/package.json", "libs", "requirements.lock", "services"
    ]  # fmt: skip
    for source in sources:
        assert (ROOT / source).exists()
        below = (str(path.relative_to(ROOT)) for path in (ROOT / source).rglob("*.py"))
        assert [path for path in (source, *below) if is_ignored(path)] == []


def test_nothing_else_reaches_the_build() -> None:
    others = (".env", ".git/config", "tests/conftest.py", "docs/settings.md", "requirements-dev.lock")
    caches = ("libs/__pycache__/x.pyc", "services/api/__pycache__/app.cpython-311.pyc", "libs/x.pyc")
    assert seen_by_the_build([*others, *caches]) == set()


def test_only_packages_of_the_lock_are_installed() -> None:
    installations = [run.value for run in all_of("RUN") if " install " in run.value and "pip " in run.value]
    assert len(installations) == 1
    assert "--require-hashes --requirement requirements.lock" in " ".join(installations[0].split())
    (npm,) = [run.value for run in all_of("RUN") if "npm " in run.value]
    assert npm.startswith("npm ci --omit=dev ")
    assert "--ignore-scripts" in npm


def test_nothing_in_the_image_builds_or_installs() -> None:
    packages, tools, *_ = [run.value for run in stages()[-1].instructions if run.name == "RUN"]
    installed = packages.partition("--no-install-recommends")[2].partition("&&")[0].split()
    assert installed == ["tini", "$APERTIUM_PAIRS"]
    assert tools.partition(" && ")[0].split()[-3:] == ["pip", "setuptools", "wheel"]
    assert tools.startswith("pip uninstall ")


def test_labels_say_what_it_is_and_what_it_was_made_from() -> None:
    labels = {
        name.removeprefix("org.opencontainers.image."): value for name, value in last("LABEL").pairs.items()
    }
    assert labels["base.name"] == f"docker.io/library/{stages()[-1].base}"
    assert (labels["version"], labels["revision"]) == ("$VERSION", "$REVISION")
    assert {"title", "description", "licenses"} <= set(labels)


def test_the_reference_page_finds_what_the_image_brings() -> None:
    (brought,) = [copy for copy in all_of("COPY") if "swagger-ui-dist" in copy.value]
    folder = brought.arguments[-1]
    assert f"REFERENCE_ASSETS={folder}" in " ".join(instruction.value for instruction in all_of("ENV"))
    package = json.loads((ROOT / "deploy" / "local" / "package.json").read_text(encoding="utf-8"))
    assert list(package["dependencies"]) == ["swagger-ui-dist"]


def test_the_default_languages_are_those_of_the_local_stack() -> None:
    default = next(arg.value for arg in all_of("ARG") if arg.value.startswith("APERTIUM_PAIRS="))
    assert default.partition("=")[2].strip('"').split() == [*PAIRS, *PROGRAMS]


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"VERSION={project['version']}" in [arg.value for arg in all_of("ARG")]


@pytest.mark.parametrize("variable", ["HEALTH_PORT", "API_PORT"])
def test_the_health_check_succeeds_exactly_while_the_probe_does(variable: str) -> None:
    with probe(200) as port:
        assert health_check({variable: str(port)}) == 0
    assert health_check({variable: str(port)}) != 0
    with probe(503) as port:
        assert health_check({variable: str(port)}) != 0


def test_hadolint_has_nothing_to_say() -> None:
    if not HADOLINT.is_file():
        missing("hadolint")
    lint = [str(HADOLINT), str(ROOT / "Dockerfile")]
    told = subprocess.run(lint, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def health_check(environment: dict[str, str]) -> int:
    """The exit code of the image's health check, run here."""
    program, *arguments = last("HEALTHCHECK").exec_form
    assert program == "python"
    command = [sys.executable, "-I", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, timeout=30, check=False).returncode


@contextmanager
def probe(status: int) -> Iterator[int]:
    """Something that answers ``/healthz`` with a status; gives its port."""

    class Probe(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Probe) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
