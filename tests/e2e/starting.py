"""The three services as processes that are started before what they need is there."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import Process, child_environment
from deploy.local.stack import service_command

SERVICES = ("api", "dispatcher", "worker")
#: How soon after what it waited for a service is ready (seconds).
SOON = 15.0
#: Python's start on a busy machine (seconds).
START = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """One process; ``lines`` is what it has said so far."""

    name: str
    process: Process
    url: str
    lines: list[str]

    async def get(self, path: str) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and JSON of an answer."""
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(self.url, timeout=timeout) as http, http.get(path) as answer:
            return answer.status, answer.headers, await answer.json(content_type=None)

    async def waits(self, words: str) -> str:
        """The reason it gives for not being ready, once that has the words. It lives all the while."""
        async with asyncio.timeout(START):
            while True:
                try:
                    status, _, body = await self.get("/readyz")
                except aiohttp.ClientConnectorError:
                    self.require_alive()
                else:
                    assert status == 503, f"{self.name} is ready"
                    if words in body["reason"]:
                        return str(body["reason"])
                await asyncio.sleep(0.1)

    async def ready(self, since: float) -> float:
        """Seconds from ``since`` until it is ready, by the same process."""
        async with asyncio.timeout(START):
            while (await self.get("/readyz"))[0] != 200:  # noqa: ASYNC110 - the event is in another process
                await asyncio.sleep(0.05)
        self.require_alive()
        return time.monotonic() - since

    def said(self, words: str) -> int:
        """How many of its lines have the words."""
        return sum(words in line for line in self.lines)

    def require_alive(self) -> None:
        if self.process.returncode is not None:
            raise self.process.died()


@asynccontextmanager
async def started(
    settings: Mapping[str, str],
    command: Callable[[str], Sequence[str]] = service_command,
    names: Sequence[str] = SERVICES,
) -> AsyncIterator[list[Service]]:
    """The services, started and not waited for."""
    services = [_service(name, settings, command) for name in names]
    try:
        for service in services:
            await service.process.start()
        yield services
    finally:
        await asyncio.gather(*(service.process.stop(10) for service in services))


def _service(name: str, settings: Mapping[str, str], command: Callable[[str], Sequence[str]]) -> Service:
    port, lines = free_port(), []
    ours = {
        "API_PORT": f"{port}",
        "HEALTH_PORT": f"{port}",
        "TRANSLATION_ENGINE": "copy",
        "DRAIN_SECONDS": "1",
        "POLL_INTERVAL": "0.5",
        "LOG_FORMAT": "json",
    }
    process = Process(
        name,
        command(name),
        env=child_environment({**ours, **settings}),
        on_line=lambda _name, line: lines.append(line),
    )
    return Service(name, process, f"http://{LOOPBACK}:{port}", lines)


async def all_ready(services: Sequence[Service], since: float) -> dict[str, float]:
    """Seconds from ``since`` until each is ready."""
    seconds = await asyncio.gather(*(service.ready(since) for service in services))
    return {service.name: round(taken, 1) for service, taken in zip(services, seconds, strict=True)}
