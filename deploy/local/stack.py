"""The whole of the system on this machine: Azurite, the API, a dispatcher and workers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from deploy.local.azurite import Azurite, Ports, azurite
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import Line, Process, child_environment, wait_ready
from deploy.local.translator import ENGINE as AZURE_EMULATED
from deploy.local.translator import Translator, emulated_translator

READY_SECONDS = 40.0
SERVICE_STOP_SECONDS = 1.5
"""For the API and the dispatcher: neither holds work that another could not take up."""
STOP_SECONDS = 9.5
"""For everything together, when workers drain for 5 s."""
POLL_INTERVAL = "0.5"
"""Idle workers look this often, in seconds: the default of 2 saves money on a real account, not here."""


def service_command(module: str) -> Sequence[str]:
    return (sys.executable, "-m", f"services.{module}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """Ports that are not given are free ones; without `folder` the data is in memory.

    `settings` are further environment variables for the services. `command` tells how a service is started.
    The engine `azure-emulated` is Azure's, talking to an emulator that is a part of the stack then.
    """

    ports: Ports | None = None
    api_port: int | None = None
    folder: Path | None = None
    workers: int = 2
    engine: str = "apertium"
    drain_seconds: float = 5
    settings: Mapping[str, str] = field(default_factory=dict)
    on_line: Line | None = None
    command: Callable[[str], Sequence[str]] = service_command


@asynccontextmanager
async def stack(options: StackOptions | None = None) -> AsyncIterator["Stack"]:
    """A running system, every part ready. Ends within 10 s (5 s of drain included), workers first.

    Raises LocalStackError, ProcessDied or NotReady when a part does not come up; nothing is left then.
    """
    options = options or StackOptions()
    async with AsyncExitStack() as others:
        storage = await others.enter_async_context(
            azurite(options.ports, options.folder, on_line=options.on_line)
        )
        translator = None
        if options.engine == AZURE_EMULATED:
            translator = await others.enter_async_context(emulated_translator(options.on_line))
        running = Stack(options, storage, translator)
        begin = monotonic()
        try:
            await running.start_services()
            yield running
        finally:
            begin = monotonic()
            await running.stop_services()
            # It writes to disk every 5 s and at its end: with a folder, all the time there is, is its.
            await storage.process.stop(max(2.0, STOP_SECONDS - (monotonic() - begin)))


class Stack:
    """Handle on the parts; `services` is in the order of their start: `api`, `dispatcher`, `worker-1` …"""

    def __init__(self, options: StackOptions, storage: Azurite, translator: Translator | None = None) -> None:
        self.options = options
        self.azurite = storage
        self.translator = translator
        self.services: dict[str, Process] = {}
        self.api_url = f"http://{LOOPBACK}:{options.api_port or free_port()}"

    @property
    def connection_string(self) -> str:
        return self.azurite.connection_string

    async def start_services(self) -> None:
        """The API is ready before the others start: the first to come makes tables and queues."""
        await self.start("api")
        workers = [f"worker-{number}" for number in range(1, self.options.workers + 1)]
        try:
            async with asyncio.TaskGroup() as group:
                for name in ("dispatcher", *workers):
                    group.create_task(self.start(name))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None

    async def start(self, name: str) -> Process:
        """Starts `api`, `dispatcher` or `worker-…` and waits until it is ready.

        Raises ProcessDied or NotReady with its last lines.
        """
        url = self.api_url if name == "api" else f"http://{LOOPBACK}:{free_port()}"
        module = name.partition("-")[0]
        process = Process(
            name,
            self.options.command(module),
            env=child_environment(self._settings(url)),
            on_line=self.options.on_line,
        )
        self.services[name] = process
        await process.start()
        await wait_ready(f"{url}/readyz", process, READY_SECONDS)
        return process

    async def stop_services(self) -> None:
        """Workers first, with their drain; then those that nobody works for any more."""
        workers = [process for name, process in self.services.items() if name.startswith("worker")]
        others = [process for process in self.services.values() if process not in workers]
        await _stop_all(workers, self.options.drain_seconds + 1)
        await _stop_all(others, SERVICE_STOP_SECONDS)

    async def restart_services(self) -> None:
        await self.stop_services()
        await self.start_services()

    def deaths(self) -> list[Process]:
        """The parts that have ended although nobody stopped them."""
        return [part for part in self._parts() if part.returncode is not None]

    async def first_to_end(self) -> Process:
        """Waits, without a bound, until some part has ended by itself."""
        waits = [asyncio.create_task(part.wait()) for part in self._parts()]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return self.deaths()[0]

    def _parts(self) -> list[Process]:
        emulators = [self.azurite.process, *([self.translator.process] if self.translator else [])]
        return [*emulators, *self.services.values()]

    def _settings(self, url: str) -> dict[str, str]:
        port = url.rpartition(":")[2]
        ours = {
            "AZURE_STORAGE_CONNECTION_STRING": self.connection_string,
            "API_HOST": LOOPBACK,
            "API_PORT": port,
            "HEALTH_HOST": LOOPBACK,
            "HEALTH_PORT": port,
            "TRANSLATION_ENGINE": self.options.engine,
            "DRAIN_SECONDS": f"{self.options.drain_seconds:g}",
            "POLL_INTERVAL": POLL_INTERVAL,
        }
        engine = self.translator.settings if self.translator else {}
        return {**ours, **engine, **self.options.settings}


async def _stop_all(processes: Sequence[Process], grace: float) -> None:
    await asyncio.gather(*(process.stop(grace) for process in processes))
