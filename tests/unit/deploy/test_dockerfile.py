"""The Dockerfile agrees with other files of the checkout; `make compose-check` builds it."""

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

from deploy.local.places import ROOT
from deploy.local.setup.apertium import PAIRS, PROGRAMS
from tests.compose.bases import NODE, PYTHON
from tests.conftest import missing

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
HADOLINT = Path(sysconfig.get_path("scripts")) / "hadolint"


def test_what_the_first_stage_installs_runs_on_the_base_of_the_last() -> None:
    bases = re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)
    # Of Node's stage nothing runs in the image: it brings files that browsers are given.
    assert bases == [PYTHON, NODE, PYTHON]


def test_only_what_the_image_is_made_of_reaches_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert rules[-2:] == ["**/__pycache__", "**/*.pyc"]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", TEXT, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert {rule.removeprefix("!") for rule in rules[1:-2]} == sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_only_packages_of_the_lock_are_installed() -> None:
    commands = " ".join(TEXT.replace("\\\n", " ").split())
    assert len(re.findall(r"\bpip\b[^&]*? install ", commands)) == 1
    assert "--require-hashes --requirement requirements.lock" in commands
    (npm,) = re.findall(r"RUN (npm [^&]*?) FROM", commands)
    assert npm.startswith("npm ci --omit=dev ")
    assert "--ignore-scripts" in npm


def test_the_label_says_what_it_was_made_from() -> None:
    assert f'org.opencontainers.image.base.name="docker.io/library/{PYTHON}"' in TEXT


def test_the_reference_page_finds_what_the_image_brings() -> None:
    (folder,) = re.findall(r"^COPY --from=reference \S+/swagger-ui-dist (\S+)$", TEXT, re.MULTILINE)
    assert f"REFERENCE_ASSETS={folder} " in TEXT
    package = json.loads((ROOT / "deploy" / "local" / "package.json").read_text(encoding="utf-8"))
    assert list(package["dependencies"]) == ["swagger-ui-dist"]


def test_the_default_languages_are_those_of_the_local_stack() -> None:
    (default,) = re.findall(r'^ARG APERTIUM_PAIRS="([^"]*)"$', TEXT, re.MULTILINE)
    assert default.split() == [*PAIRS, *PROGRAMS]


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.findall(r"^ARG VERSION=(.+)$", TEXT, re.MULTILINE) == [project["version"]]


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
    (form,) = re.findall(r"^HEALTHCHECK [^\[]*CMD (\[.*\])$", TEXT, re.MULTILINE)
    program, *arguments = json.loads(form)
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
