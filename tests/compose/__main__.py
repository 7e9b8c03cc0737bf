"""`make compose-check`: the image, the compose file and its alerts, by a real Docker Engine.

Exit code 0 when all of it holds, 1 when something does not, 2 when this machine lacks something, 130 after
Ctrl-C or SIGTERM. Containers, volumes and networks of the run are removed whatever ends it.
"""

import argparse
import asyncio
import fcntl
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import yaml

from deploy.local.places import ROOT
from deploy.local.ports import free_port
from deploy.local.terminal import ended_by_signals
from libs.client import ClientError
from tests.compose import bases, image, watch
from tests.compose.engine import Engine, open_engine
from tests.compose.outside import open_outside
from tests.compose.places import HOME, IMAGE, TOOLS
from tests.compose.plugin import with_compose
from tests.compose.problems import Failed, Missing
from tests.compose.project import Project
from tests.compose.report import Report
from tests.compose.scenes import Scenes

_DOCUMENT = ROOT / "docs" / "deployment.md"
_PLACE = re.compile(r"(?<=<!-- compose-check -->\n).*?(?=<!-- /compose-check -->)", re.DOTALL)
#: Bytes on the Engine's disk: the bases, the image and its layers while they are built.
_ROOM = 6 * 1024**3
_HELD, _LACKING, _INTERRUPTED = 0, 2, 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="compose-check", description=__doc__)
    parser.add_argument(
        "--stand-ins", action="store_true", help="ask no registry of images: make the bases here"
    )
    parser.add_argument("--record", action="store_true", help="write the outcome into docs/deployment.md")
    options = parser.parse_args()
    report = Report()
    try:
        with _alone():
            code = asyncio.run(_checked(report, ask_registry=not options.stand_ins))
    except Missing as problem:
        return _ended("this machine lacks something", problem, _LACKING)
    except (Failed, ClientError, aiohttp.ClientError) as problem:
        return _ended("it does not hold", problem, 1)
    if code == _HELD and options.record:
        told = f"```text\n{report.page()}\n```\n"
        page = _PLACE.sub(lambda _: told, _DOCUMENT.read_text(encoding="utf-8"))
        _DOCUMENT.write_text(page, encoding="utf-8")
    return code


def _ended(what: str, problem: Exception, code: int) -> int:
    lines = problem.lines if isinstance(problem, Missing | Failed) else ()
    print("\n".join((*lines, f"compose-check: {what}: {problem}")), file=sys.stderr)
    return code


async def _checked(report: Report, *, ask_registry: bool) -> int:
    code = _INTERRUPTED
    with ended_by_signals():
        async with open_engine(report.note) as found:
            _require_room(found)
            engine, _ = await with_compose(found, report.note)
            report.note(f"{os.cpu_count()} cores, {os.uname().sysname} {os.uname().release}")
            await _bases(engine, report, ask_registry=ask_registry)
            async with _project(engine, report) as project:
                await _image(project, report)
                await _stack(project, report)
                await watch.watched(project, report)
            print(f"\n{report.page()}")
            code = _HELD
    return code


async def _bases(engine: Engine, report: Report, *, ask_registry: bool) -> None:
    found = await bases.prepared(engine, report.note, ask_registry=ask_registry)
    if found.pulled:
        report.note(f"from a registry: {' '.join(found.pulled)}")
    if found.stand_ins:
        report.note(
            f"stand-ins, made here from Debian's, PyPI's and npm's packages: {' '.join(found.stand_ins)}"
        )


async def _image(project: Project, report: Report) -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await project.build()
    took = loop.time() - begin
    made = await image.checked(project.engine)
    report.row("image, by the Dockerfile", f"{made.size} MiB, {made.added} on its base", took)
    report.row("in the image", f"none of {' '.join(image.TOOLS)}; of the checkout libs and services alone")
    report.row(
        "rights",
        "user and group 10001; writes to /tmp alone on a read-only root; no shell before the program",
    )


async def _stack(project: Project, report: Report) -> None:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await project.up()
    report.row(
        "docker compose up --wait", "Azurite, API, dispatcher, 2 workers are healthy", loop.time() - begin
    )
    async with open_outside(f"http://127.0.0.1:{project.variables['API_PORT']}") as outside:
        await Scenes(project, outside, report).play()


@asynccontextmanager
async def _project(engine: Engine, report: Report) -> AsyncIterator[Project]:
    """The project with an image name of its own; what it made is removed at the end."""
    own = HOME / "image.yml"
    services = {name: {"image": IMAGE} for name in ("api", "dispatcher", "worker", "azure-emulated")}
    own.write_text(yaml.safe_dump({"services": services}), encoding="utf-8")
    variables = {"API_PORT": str(free_port()), "TRANSLATION_ENGINE": "apertium"}
    project = Project(engine, files=(ROOT / "docker-compose.yml", own), variables=variables)
    await project.remove()
    try:
        yield project
    finally:
        await project.remove()
        await engine.attempt("image", "rm", "--force", IMAGE)
        left = await project.left()
        report.row("left of it", ", ".join(f"{count} {kind}" for kind, count in left.items()))
        if any(left.values()):
            raise Failed("something of the run is left")


def _require_room(engine: Engine) -> None:
    """Raises Missing. An Engine in a virtual machine has its disk there, where this cannot look."""
    if engine.root.is_dir() and (free := shutil.disk_usage(engine.root).free) < _ROOM:
        raise Missing(
            f"{engine.root} has {free / 1024**3:.1f} GiB free and needs {_ROOM / 1024**3:.0f}: make room "
            "(`docker image prune` and `docker builder prune` do), or move the Engine's data-root"
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Raises Missing while another run of this checkout goes on."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Missing("another run of this check goes on in this checkout: wait for its end") from None
        yield


if __name__ == "__main__":
    sys.exit(main())
