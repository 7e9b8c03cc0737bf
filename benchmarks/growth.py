"""What must not grow with the number of files or jobs: latency, memory, calls a file, calls a look.

python -m benchmarks.growth [--scale 0.01]
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.filling import Filled, filled, new_job, opened, upload
from benchmarks.goals import Figure, conclude
from benchmarks.programs import SETTINGS, counting_stack, file_of, program, told_now, until
from deploy.local.azurite import azurite
from deploy.local.stack import Stack
from libs.client.client import Client, open_client
from libs.client.records import JobRequest
from libs.client.settings import ClientSettings
from libs.common.deployment import Deployment
from libs.common.ledger import tables
from libs.common.ledger.records import JobRow, JobStatus, Progress
from libs.common.ledger.rows import entity_of_job
from libs.common.settings import DispatcherSettings
from libs.jobs.submit import FIRST_LOOK, submit

_FEW, _MANY = 10, 50_000
_MEMORY_FILES = 1_000
_CALLS_FILES = (100, 20_000)
_ENDED_JOBS, _PAGE = 5_000, 100
_SUBMITS, _LOOKS = 40, 10
_MEGABYTE = 1_000_000


async def figures(scale: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        return [
            await _memory(folder, round(_MEMORY_FILES * scale), round(_MANY * scale)),
            *await _api(folder, scale),
            await _calls_a_file(folder, scale),
        ]


async def _memory(folder: Path, few: int, many: int) -> Figure:
    """Of the dispatcher: how much more it had in memory at its peak for many files than for few."""
    small, large = await _listed(folder, few), await _listed(folder, many)
    note = f"{few:,} files: {small.peak / _MEGABYTE:.1f} MB; {many:,}: {large.peak / _MEGABYTE:.1f} MB"
    more = (large.peak - small.peak) / _MEGABYTE
    return Figure("dispatcher: more memory at its peak", more, "MB", most=20, note=note)


async def _listed(folder: Path, files: int) -> Filled:
    async with azurite() as storage, opened(storage) as deployment:
        await upload(deployment, files, size=200)
        return await filled(storage, deployment, folder)


async def _api(folder: Path, scale: float) -> list[Figure]:
    """Without dispatcher and workers, so that what is posted stays as it is."""
    async with counting_stack(folder, SETTINGS, workers=0) as running:
        await running.services["dispatcher"].stop()
        client_settings = ClientSettings.of_texts(running.api_url, None)
        async with opened(running.azurite) as deployment, open_client(client_settings) as client:
            look = Look(running, folder, deployment, client)
            await _insert_ended(deployment, max(3 * _PAGE, round(_ENDED_JOBS * scale)))
            return [*await look.pages(), *await look.running_jobs(scale), await look.submits(scale)]


class Look:
    """Questions to an API whose storage calls are counted."""

    def __init__(self, running: Stack, folder: Path, deployment: Deployment, client: Client) -> None:
        self._running = running
        self._folder = folder
        self._deployment = deployment
        self._client = client

    async def pages(self) -> list[Figure]:
        """The first page of ended jobs, and the one behind it."""
        both = await self._calls(lambda: self._first_jobs(2 * _PAGE))
        first = await self._calls(lambda: self._first_jobs(_PAGE))
        return [
            Figure("a page of ended jobs: storage calls", first, least=1, most=1),
            Figure("the page behind it: storage calls", both - first, least=1, most=1),
        ]

    async def running_jobs(self, scale: float) -> list[Figure]:
        """GET of a job that is listed and waits, with few files and with many."""
        calls = []
        for files in (_FEW, max(100, round(_MEMORY_FILES * scale))):
            await upload(self._deployment, files, size=200, container=f"running-{files}")
            job = (
                await filled(self._running.azurite, self._deployment, self._folder, f"running-{files}")
            ).job
            every = await self._calls(lambda job_id=job.job_id: self._ask(job_id))  # type: ignore[misc]
            calls.append((files, every / _LOOKS))
        note = "; ".join(f"{files:,} files: {number:g}" for files, number in calls)
        (_, few), (_, many) = calls
        return [Figure("GET of a running job: calls, many files to few", many / few, most=1, note=note)]

    async def submits(self, scale: float) -> Figure:
        """How long the API takes to accept a job over few blobs and over many, in turn; and how long the
        emulator takes for the listing alone that is a part of it.
        """
        containers = {"few": _FEW, "many": max(2 * _FEW, round(_MANY * scale))}
        for name, blobs in containers.items():
            await upload(self._deployment, blobs, size=20, container=f"submit-{name}")
        times: dict[str, list[float]] = {name: [] for name in containers}
        listings: dict[str, list[float]] = {name: [] for name in containers}
        for _ in range(_SUBMITS):
            for name in containers:
                times[name].append(await _seconds(self._submit(f"submit-{name}")))
                look = self._deployment.blobs.page(f"submit-{name}", "", None, FIRST_LOOK)
                listings[name].append(await _seconds(look))
        few, many = (statistics.median(times[name]) for name in containers)
        note = "; ".join(
            f"{blobs:,} blobs: {statistics.median(times[name]) * 1000:.0f} ms, the listing of them alone "
            f"{statistics.median(listings[name]) * 1000:.0f} ms"
            for name, blobs in containers.items()
        )
        return Figure("submit: latency with many blobs to few", many / few, most=1.5, note=note)

    async def _first_jobs(self, number: int) -> None:
        async for _ in self._client.jobs(status="completed", page=_PAGE):
            number -= 1
            if number == 0:
                return

    async def _ask(self, job_id: str) -> None:
        for _ in range(_LOOKS):
            await self._client.job(job_id)

    async def _submit(self, container: str) -> None:
        await self._client.submit(
            JobRequest(source_container=container, target_container="submitted", target_languages=("es",))
        )

    async def _calls(self, act: Callable[[], Awaitable[None]]) -> int:
        """Storage calls of the API while something is asked."""
        api, file = self._running.services["api"], file_of(self._folder, "api")
        before = (await told_now(api, file)).calls.total
        await act()
        return (await told_now(api, file)).calls.total - before


async def _seconds(act: Awaitable[object]) -> float:
    begin = asyncio.get_running_loop().time()
    await act
    return asyncio.get_running_loop().time() - begin


async def _insert_ended(deployment: Deployment, jobs: int) -> None:
    """Jobs that ended, as the ledger writes them, without the way there."""
    ended = (replace(new_job(), status=JobStatus.COMPLETED, final=Progress(sealed=True)) for _ in range(jobs))
    rows = [tables.insert(entity_of_job(job)) for job in ended]
    for begin in range(0, jobs, tables.TRANSACTION_OPERATIONS):
        await deployment.job_table.commit(rows[begin : begin + tables.TRANSACTION_OPERATIONS])


async def _calls_a_file(folder: Path, scale: float) -> Figure:
    """Of dispatcher and worker together."""
    few, many = _CALLS_FILES[0], max(2 * _CALLS_FILES[0], round(_CALLS_FILES[1] * scale))
    calls = [await _calls(folder, files) / files for files in (few, many)]
    note = f"{few:,} files: {calls[0]:.2f}; {many:,}: {calls[1]:.2f}"
    return Figure("calls a file, many files to few", calls[1] / calls[0], least=0.95, most=1.05, note=note)


async def _calls(folder: Path, files: int) -> int:
    """Of one job in a system that runs and has worked before, with the usual settings."""
    async with azurite() as storage, opened(storage) as deployment:
        await upload(deployment, _FEW, size=200, container="before")
        await upload(deployment, files, size=200)
        usual = str(DispatcherSettings.model_fields["dispatch_backlog"].default)
        services = [
            program(name, f"services.{name}", storage, folder, DISPATCH_BACKLOG=usual)
            for name in ("dispatcher", "worker")
        ]
        for one in services:
            await one.start()
        try:
            await _done(deployment, new_job("before", "target-before"))
            before = [await told_now(one, file_of(folder, one.name)) for one in services]
            await _done(deployment, new_job())
            after = [await told_now(one, file_of(folder, one.name)) for one in services]
        finally:
            await asyncio.gather(*(one.stop(10) for one in services))
        return sum(said.calls.total for said in after) - sum(said.calls.total for said in before)


async def _done(deployment: Deployment, job: JobRow) -> None:
    await submit(deployment, job)

    async def ended() -> bool:
        found = await deployment.jobs.get(job.job_id)
        return found is not None and found.status.ended

    await until(ended)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args(arguments).scale
    conclude("growth", asyncio.run(figures(scale)), "Medians where there are several.", whole=scale >= 1)


if __name__ == "__main__":
    main()
