"""What a forge and an editor read: valid, closed, and in step with the Makefile and pyproject.toml."""

import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.places import ROOT

FORGE = ROOT / ".github"
WORKFLOWS = {path.name: path for path in sorted((FORGE / "workflows").glob("*.yml"))}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([\w-]+):.*## ", MAKEFILE, re.MULTILINE))
ZIZMOR = Path(sysconfig.get_path("scripts")) / "zizmor"
SCHEMAS: list[tuple[str, Path]] = [
    *(("vendor.github-workflows", path) for path in WORKFLOWS.values()),
    *(("custom.github-workflows-require-timeout", path) for path in WORKFLOWS.values()),
    ("vendor.dependabot", FORGE / "dependabot.yml"),
    ("vendor.github-issue-config", FORGE / "ISSUE_TEMPLATE" / "config.yml"),
    ("vendor.github-issue-forms", FORGE / "ISSUE_TEMPLATE" / "bug.yml"),
    ("vendor.github-issue-forms", FORGE / "ISSUE_TEMPLATE" / "feature.yml"),
]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)


def jobs(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))["jobs"])


def commands(name: str) -> list[str]:
    return [step["run"] for job in jobs(name).values() for step in job["steps"] if "run" in step]


@pytest.mark.parametrize(("schema", "path"), SCHEMAS, ids=lambda value: str(value).rpartition("/")[2])
def test_each_file_of_the_forge_is_valid(schema: str, path: Path) -> None:
    done = run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_linter_has_no_findings() -> None:
    done = run(str(ZIZMOR), "--quiet", "--offline", "--pedantic", str(FORGE))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_linter_would_find_an_action_that_is_not_pinned(tmp_path: Path) -> None:
    loose = re.sub(r"@[0-9a-f]{40} #", "@main #", WORKFLOWS["ci.yml"].read_text(encoding="utf-8"))
    (tmp_path / "ci.yml").write_text(loose, encoding="utf-8")
    done = run(str(ZIZMOR), "--quiet", "--offline", str(tmp_path / "ci.yml"))
    assert done.returncode != 0
    assert "unpinned-uses" in done.stdout


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit_and_names_its_version(name: str) -> None:
    uses = re.findall(r"uses: (.+)", WORKFLOWS[name].read_text(encoding="utf-8"))
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_may_read_the_checkout_and_nothing_else(name: str) -> None:
    assert yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))["permissions"] == {}
    assert [job for job, body in jobs(name).items() if body["permissions"] != {"contents": "read"}] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_command_of_a_workflow_exists(name: str) -> None:
    called = set(re.findall(r"make ([\w-]+)", "\n".join(commands(name))))
    folders = re.findall(r"tests/\w+", "\n".join(commands(name)))
    assert called <= TARGETS
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_unit_tests_run_on_the_oldest_python_that_the_project_supports() -> None:
    oldest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert jobs("ci.yml")["unit"]["strategy"]["matrix"]["python"][0] == oldest


def test_the_dev_container_has_the_oldest_python_and_installs_by_make() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    oldest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert container["image"].startswith(f"python:{oldest}-")
    assert container["postCreateCommand"].removeprefix("make ") in TARGETS


def test_editors_and_the_linter_agree_on_the_length_of_a_line() -> None:
    rules = ConfigParser()
    rules.read_string("[top]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))
    assert rules["*.py"]["max_line_length"] == str(PYPROJECT["tool"]["ruff"]["line-length"])


def test_the_list_of_commands_names_every_target_once_in_groups() -> None:
    done = run("make", "--no-print-directory", "help")
    assert re.findall(r"^  make ([\w-]+) ", done.stdout, re.MULTILINE) == re.findall(
        r"^([\w-]+):.*## ", MAKEFILE, re.MULTILINE
    )
    groups = re.findall(r"^##@ (.+)$", MAKEFILE, re.MULTILINE)
    assert [group for group in groups if f"\n{group}\n" not in done.stdout] == []
