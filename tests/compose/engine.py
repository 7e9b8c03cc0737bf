"""The Docker Engine: the one that runs, or one that the check starts and stops."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.problems import LocalStackError
from deploy.local.setup.apt import apt_install, plan_for, this_system
from tests.compose.commands import Result, attempt, run
from tests.compose.places import HOME
from tests.compose.problems import Failed, Missing

Note = Callable[[str], None]
_INSTEAD = "install the Docker Engine (https://docs.docker.com/engine/install/) and start it"
#: Where Debian has dockerd, which is not on the PATH of every user.
_SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
_START_SECONDS, _STOP_SECONDS, _ASK_SECONDS = 60.0, 60.0, 20.0


@dataclass(frozen=True, slots=True)
class Engine:
    #: The client that reaches the Engine.
    client: str
    #: Of the Engine, not of the client.
    version: str
    #: Where the Engine keeps images, containers and volumes.
    root: Path
    #: Variables for the client beside those of this process.
    environment: Mapping[str, str] = field(default_factory=dict)

    async def docker(self, *arguments: str, seconds: float = 60.0, stdin: str = "") -> str:
        """Raises Failed."""
        return await run([self.client, *arguments], seconds=seconds, env=dict(self.environment), stdin=stdin)

    async def attempt(self, *arguments: str, seconds: float = 60.0) -> Result:
        """Raises Failed only where the client cannot start or takes too long."""
        return await attempt([self.client, *arguments], seconds=seconds, env=dict(self.environment))


@asynccontextmanager
async def open_engine(note: Note) -> AsyncIterator[Engine]:
    """The Engine that runs; else the machine's, started here and stopped at the end. Raises Missing."""
    found = await find_engine()
    if found is not None:
        note(f"Docker Engine {found.version} runs already, by {found.client}")
        yield found
        return
    program = _daemon() or _installed(note)
    found = await find_engine()  # Debian's package starts it where there is an init system
    if found is not None:
        note(f"Docker Engine {found.version}, installed now")
        yield found
        return
    async with _started(program, note) as engine:
        yield engine


async def find_engine() -> Engine | None:
    """By the first client on PATH that reaches an Engine: another program may have the name `docker`."""
    for client in _clients():
        # No other program that answers to `docker` knows both fields.
        asked = [client, "info", "--format", "{{.ServerVersion}} {{.DockerRootDir}}"]
        try:
            told = await attempt(asked, seconds=_ASK_SECONDS)
        except Failed:
            continue
        version, _, root = told.output.strip().partition(" ")
        if told.code == 0 and version and root.startswith("/"):
            return Engine(client, version, Path(root))
    return None


def _clients() -> list[str]:
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin"]
    found = [shutil.which("docker", path=folder) for folder in folders if folder]
    by_file = {os.path.realpath(path): path for path in reversed([path for path in found if path])}
    return list(reversed(by_file.values()))


def _daemon() -> str | None:
    path = os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_FOLDERS])
    return shutil.which("dockerd", path=path)


def _installed(note: Note) -> str:
    """dockerd out of Debian's docker.io. Raises Missing."""
    note("no Docker Engine here: installing the system's package docker.io")
    try:
        apt_install(plan_for(this_system(), ["docker.io"], _INSTEAD), ["docker.io"])
    except LocalStackError as problem:
        raise Missing(f"there is no Docker Engine: {problem}", problem.lines) from problem
    program = _daemon()
    if program is None:
        raise Missing(f"the package docker.io brought no dockerd: {_INSTEAD}")
    return program


@asynccontextmanager
async def _started(program: str, note: Note) -> AsyncIterator[Engine]:
    if os.geteuid() != 0:
        raise Missing(
            "no Docker Engine answers, and only root may start one: `sudo systemctl start docker`, and be "
            "a member of the group docker; or run this check as root"
        )
    log = HOME / "dockerd.log"
    with log.open("wb") as file:
        child = await asyncio.create_subprocess_exec(
            program, stdout=file, stderr=file, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
        )
    try:
        engine = await _answering(child, log)
        note(f"Docker Engine {engine.version}, started for this run")
        yield engine
    finally:
        await _stopped(child, note)


async def _answering(child: asyncio.subprocess.Process, log: Path) -> Engine:
    with suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            while child.returncode is None:
                found = await find_engine()
                if found is not None:
                    return found
                await asyncio.sleep(0.5)
    said = (await asyncio.to_thread(log.read_text, errors="replace")).splitlines()[-5:]
    raise Missing(
        "dockerd does not start: it needs root, cgroups, iptables and overlay or another storage driver", said
    )


async def _stopped(child: asyncio.subprocess.Process, note: Note) -> None:
    """Stop the Engine that this run started, unless somebody else's container runs in it by now."""
    found = await find_engine()
    if found is not None and (await found.attempt("ps", "--quiet", seconds=_ASK_SECONDS)).output.strip():
        note("the Engine goes on: containers that are not of this check run in it")
        return
    if child.returncode is None:
        child.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
    note("the Engine that this run started is stopped")
