"""What makes each alert fire, and what ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import islice

import aiohttp

from tests.compose.outside import Outside
from tests.compose.problems import Failed
from tests.compose.project import Project
from tests.compose.scenes import notes

_FEW = 60
_SEVERAL = 12
#: Files that no format reads: more than the five that are no alarm.
_BAD = 20
#: Longer than the lease that the workers have in this part (`watch.LEASE`).
_FROZEN_SECONDS = 12.0
_SLOW_MS = 2000
#: The emulator keeps what it was given last.
_USUAL = {"fault": "none", "retry_after": None, "latency_ms": 150}


@dataclass(frozen=True, slots=True)
class Cause:
    #: What is done, for the table.
    what: str
    #: The alerts it makes fire.
    alerts: tuple[str, ...]
    #: Begins the cause on entering and ends it on leaving.
    play: Callable[[], AbstractAsyncContextManager[None]]


class Causes:
    def __init__(self, project: Project, outside: Outside, emulator: str) -> None:
        self._project, self._outside, self._emulator = project, outside, emulator
        self._begun = list[str]()

    def all(self) -> list[Cause]:
        return [
            Cause("no dispatcher runs", ("BatchNothingCounted",), self._no_dispatcher),
            Cause("the engine answers 429 to every request", ("BatchEngineThrottled",), self._throttled),
            Cause("no worker runs, files wait", ("BatchOldestMessage", "BatchJobStalled"), self._no_worker),
            Cause(f"{_BAD} files of a job are no text", ("BatchErrorRate",), self._bad_files),
            Cause("their dead letters lie there", ("BatchDeadLetters",), self._dead_letters),
        ]

    async def upload(self) -> None:
        await self._outside.upload("few", dict(islice(notes().items(), _FEW)))
        await self._outside.upload("one", dict(islice(notes().items(), 1)))
        await self._outside.upload("bad", {f"{number}.txt": bytes(range(256)) for number in range(_BAD)})

    async def frozen_and_restarted(self) -> None:
        """A worker outlives its leases, and storage is away: what the dashboard's rarer lines show.

        Raises Failed when a job does not survive it.
        """
        await self._knobs(latency_ms=_SLOW_MS)
        await self._outside.until(await self._begin("few-frozen"), 1)
        frozen = (await self._project.containers("worker"))[0]
        await self._project.engine.docker("pause", frozen.id)
        try:
            await asyncio.sleep(_FROZEN_SECONDS)
        finally:
            await self._project.engine.docker("unpause", frozen.id)
        await self._knobs()
        await self.settle()
        await self._begin("few-restarted")
        await self._project.compose("restart", "azurite")
        await self.settle()
        await self._several_jobs()

    @asynccontextmanager
    async def _no_dispatcher(self) -> AsyncIterator[None]:
        await self._project.stop("dispatcher")
        yield
        await self._project.compose("start", "dispatcher")

    @asynccontextmanager
    async def _throttled(self) -> AsyncIterator[None]:
        await self._knobs(fault="throttled", retry_after=1)
        await self._begin("few-throttled")
        yield
        await self._knobs()

    @asynccontextmanager
    async def _no_worker(self) -> AsyncIterator[None]:
        await self._project.stop("worker")
        await self._begin("few-stalled")
        yield
        await self._project.compose("start", "worker")

    @asynccontextmanager
    async def _bad_files(self) -> AsyncIterator[None]:
        job = await self._outside.finish((await self._outside.post("bad", "bad-es")).job_id)
        if job.failed_files != _BAD:
            raise Failed(f"{job.failed_files} of {_BAD} files that are no text failed")
        yield  # nothing fails after these

    @asynccontextmanager
    async def _dead_letters(self) -> AsyncIterator[None]:
        yield  # the files before left them
        await self._outside.client.purge()

    async def _several_jobs(self) -> None:
        """So many that every worker ends more than one: a rate is blind to a series' first sample."""
        for number in range(_SEVERAL):
            await self._begin(f"one-{number}", "one")
        await self.settle()

    async def settle(self) -> None:
        """Wait for the jobs that were begun. Raises Failed for one that is not completed."""
        while self._begun:
            job = await self._outside.finish(self._begun.pop())
            if job.status != "completed":
                raise Failed(f"the job into {job.target_container} ended {job.status}: {job.error}")

    async def _begin(self, target: str, source: str = "few") -> str:
        job = await self._outside.post(source, target)
        self._begun.append(job.job_id)
        return job.job_id

    async def _knobs(self, **knobs: object) -> None:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as http,
            http.post(f"{self._emulator}/_knobs", json={**_USUAL, **knobs}) as response,
        ):
            if not response.ok:
                raise Failed(f"the emulator refuses {knobs}: {response.status}")
