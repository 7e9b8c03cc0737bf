"""`make up` and `make dev`: the whole stack in one terminal until Ctrl-C."""

import argparse
import asyncio
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console
from watchfiles import PythonFilter, awatch

from deploy.local.azurite import Ports
from deploy.local.places import DATA, ROOT
from deploy.local.ports import LOOPBACK, require_free
from deploy.local.problems import LocalStackError, ProcessDied
from deploy.local.processes import Line, Process
from deploy.local.stack import Stack, StackOptions, stack
from deploy.local.terminal import Terminal, ended_by_signals, print_line, print_problem

WATCHED = (ROOT / "libs", ROOT / "services")
CODE = PythonFilter(extra_extensions=(".js", ".css", ".html", ".svg"))
"""The page's files are read at start, too."""
LOOK_MS = 500

Port = Annotated[int, Field(ge=1, le=65535)]


class UpSettings(BaseSettings):
    """Read from the environment alone: a `.env` is for services that talk to a real account."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    api_port: Port = 8000
    blob_port: Port = 10000
    queue_port: Port = 10001
    table_port: Port = 10002
    workers: Annotated[int, Field(ge=1, le=32)] = 2
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 5
    translation_engine: Annotated[
        Literal["apertium", "azure-emulated", "pseudo", "copy"],
        Field(validation_alias=AliasChoices("ENGINE", "TRANSLATION_ENGINE")),
    ] = "apertium"
    default_source_language: str = "en"
    log_level: str = "INFO"
    log_format: str = "console"

    @property
    def ports(self) -> dict[str, int]:
        """Every fixed port by the name of its variable."""
        return {
            "API_PORT": self.api_port,
            "BLOB_PORT": self.blob_port,
            "QUEUE_PORT": self.queue_port,
            "TABLE_PORT": self.table_port,
        }


def main() -> int:
    parser = argparse.ArgumentParser(prog="up", description=__doc__)
    parser.add_argument("--reload", action="store_true", help="restart the services when their code changes")
    reload = parser.parse_args().reload
    console = Terminal()
    try:
        return asyncio.run(_until_asked_to_end(read_settings(), console, reload=reload))
    except LocalStackError as problem:
        print_problem(console, problem)
        return 1


def read_settings() -> UpSettings:
    """Raises LocalStackError with one line that names every wrong variable."""
    try:
        return UpSettings()
    except ValidationError as error:
        faults = (f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise LocalStackError("; ".join(faults)) from None


async def _until_asked_to_end(settings: UpSettings, console: Console, *, reload: bool) -> int:
    with ended_by_signals() as ending:
        require_free(settings.ports)
        options = _options(settings, partial(print_line, console))
        with _sole_user_of(DATA):
            async with stack(options) as running:
                _print_urls(console, running)
                await (_follow_code(running, console) if reload else _until_a_part_ends(running))
    if ending.asked:
        console.print("stopped; the data stays in .local/ (make clean removes it)", highlight=False)
    return 0


@contextmanager
def _sole_user_of(folder: Path) -> Iterator[None]:
    """Two emulators on one folder would overwrite each other's data, whatever their ports."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LocalStackError(
                f"another `make up` uses the data in {folder.name}/: stop it first"
            ) from None
        yield


def _options(settings: UpSettings, on_line: Line) -> StackOptions:
    return StackOptions(
        ports=Ports(settings.blob_port, settings.queue_port, settings.table_port),
        api_port=settings.api_port,
        folder=DATA / "azurite",
        workers=settings.workers,
        engine=settings.translation_engine,
        drain_seconds=settings.drain_seconds,
        settings={
            "DEFAULT_SOURCE_LANGUAGE": settings.default_source_language,
            "LOG_LEVEL": settings.log_level,
            "LOG_FORMAT": settings.log_format,
        },
        on_line=on_line,
    )


def _print_urls(console: Console, running: Stack) -> None:
    ports = running.azurite.ports
    console.print(
        f"\n  page       {running.api_url}/\n"
        f"  jobs       {running.api_url}/api/v1/batch/jobs\n"
        f"  storage    Azurite on {LOOPBACK}, blob {ports.blob}, queue {ports.queue}, table {ports.table}\n"
        "  Ctrl-C ends everything\n",
        highlight=False,
    )
    if running.translator:
        console.print(
            f"  EMULATED   Azure AI Translator, on {running.translator.url}\n"
            "             It translates nothing: each text comes back between marks, ⟦es: …⟧\n",
            style="bold yellow",
            highlight=False,
            markup=False,
        )


async def _until_a_part_ends(running: Stack) -> None:
    """Raises ProcessDied: no part of the stack ends by itself."""
    ended = await running.first_to_end()
    raise ended.died()


async def _follow_code(running: Stack, console: Console) -> None:
    """Restarts the services at each change. One that dies is reported, and the next change tries again."""
    reported: set[Process] = set()
    looks = awatch(*WATCHED, watch_filter=CODE, rust_timeout=LOOK_MS, yield_on_timeout=True)
    async for changes in looks:
        if changes:
            await _restart(running, console)
        for death in running.deaths():
            if death not in running.services.values():
                raise death.died()
            if death not in reported:
                print_problem(console, death.died())
                reported.add(death)


async def _restart(running: Stack, console: Console) -> None:
    print_line(console, "dev", "code changed, restarting the services")
    try:
        await running.restart_services()
    except ProcessDied:
        return  # reported with every other death
    except LocalStackError as problem:
        print_problem(console, problem)


if __name__ == "__main__":
    sys.exit(main())
