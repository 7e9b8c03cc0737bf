"""What a hundred workers read of one job to know when it ends, and how soon they know.

python -m benchmarks.closers [--scale 0.5]

The workers are closers of the real code in one process, on a real Azurite. While the end is far they only say
that they have committed; at the end they commit.
"""

import argparse
import asyncio
import copy
import random
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.filling import new_job, opened
from benchmarks.goals import Figure, conclude
from deploy.local.azurite import azurite
from libs.common.clock import utc_now
from libs.common.deployment import Deployment
from libs.common.ledger import tables
from libs.common.ledger.commits import open_commits
from libs.common.ledger.files import FILES_A_TRANSACTION, Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import Counts, FileEnd, FileRow, FileStatus, JobRow, JobStatus
from libs.common.ledger.rows import entity_of_counter, entity_of_dispatch
from libs.common.ledger.tables import Table
from libs.jobs.closer import Closer, open_closer
from libs.jobs.expand import Expander
from libs.jobs.messages import DispatchTask
from libs.jobs.roll_call import RollCall
from libs.jobs.turn import Dispatch, take_turn

_WORKERS, _ROWS, _FILES = 100, 1_000, 1_000_000
#: Seconds that are counted in each phase, after as many of the watch's pauses as it takes to be known.
_SECONDS, _WATCH = 120.0, 30.0
#: Ends of each worker in the last phase, and the longest pause between two of them (seconds).
_LAST_FILES, _LAST_PAUSE = 10, 4.0
_MOST = 50


@dataclass(slots=True)
class Reads:
    entities: int = 0

    def counted(self, table: Table) -> Table:
        """A handle on a table whose entities are counted as they are read."""
        handle = copy.copy(table)

        async def get(*arguments: Any) -> Any:
            self.entities += 1
            return await table.get(*arguments)

        async def scan(*arguments: Any) -> AsyncIterator[Any]:
            async for row in table.scan(*arguments):
                self.entities += 1
                yield row

        setattr(handle, "get", get)  # noqa: B010 - mypy refuses the plain assignment
        setattr(handle, "scan", scan)  # noqa: B010 - as above
        return handle


@dataclass(frozen=True, slots=True)
class Bench:
    deployment: Deployment
    jobs: Jobs
    files: Files
    reads: Reads

    @asynccontextmanager
    async def closers(self) -> AsyncIterator[list[Closer]]:
        async with AsyncExitStack() as stack:
            opening = (
                open_closer(self.jobs, self.files, self.deployment.notify_queue, lambda _job_id: None)
                for _ in range(_WORKERS)
            )
            yield [await stack.enter_async_context(one) for one in opening]

    async def watch(self, job: JobRow) -> None:
        """A dispatcher's turns for this job, for ever."""
        queue = self.deployment.file_queue
        dispatch = Dispatch(
            jobs=self.jobs,
            files=self.files,
            queue=queue,
            notify_queue=self.deployment.notify_queue,
            expander=Expander(self.files, self.deployment.blobs, queue, 1000),
            backlog=2000,
            watch_seconds=_WATCH,
            stalled_seconds=3600,
            roll_call=RollCall(),
        )
        while True:
            await take_turn(dispatch, DispatchTask(job_id=job.job_id))
            await asyncio.sleep(_WATCH)


async def figures(scale: float) -> list[Figure]:
    async with azurite() as storage, opened(storage) as deployment:
        reads = Reads()
        jobs, files = (reads.counted(table) for table in (deployment.job_table, deployment.file_table))
        bench = Bench(deployment, Jobs(jobs), Files(files), reads)
        return [*await _far(bench, max(_WATCH, _SECONDS * scale)), await _end(bench)]


async def _far(bench: Bench, seconds: float) -> list[Figure]:
    """A job of a million files, with counter rows of processes that are gone; then with these folded."""
    job = await _processing(bench, [])
    row = replace(await bench.files.begin(job.job_id), sealed=True, totals={"es": _FILES})
    await bench.deployment.file_table.commit([tables.put(entity_of_dispatch(job.job_id, row))])
    await bench.deployment.file_queue.send("keeps the watch from sending files again")
    counted = {"es": Counts(succeeded=1)}
    rows = [entity_of_counter(job.job_id, f"gone-{at:04}", 1, counted, utc_now()) for at in range(_ROWS)]
    for begin in range(0, _ROWS, 100):
        await bench.deployment.file_table.commit([tables.put(it) for it in rows[begin : begin + 100]])
    gone = dict(list((await bench.files.progress(job.job_id)).counters.items())[_WORKERS:])
    found = []
    async with bench.closers() as closers, asyncio.TaskGroup() as group:
        work = [group.create_task(bench.watch(job)), *(group.create_task(_say(it, job)) for it in closers)]
        for what in (f"{_ROWS:,} counter rows", f"{_WORKERS} and the folded one"):
            await asyncio.sleep(_WATCH)
            before = bench.reads.entities
            await asyncio.sleep(seconds)
            read = (bench.reads.entities - before) / seconds
            found.append(Figure(f"{_WORKERS} workers, {what}: entities a second", read, most=_MOST))
            print(f"{what}: {read:.1f} entities a second", flush=True)
            while await bench.files.counters.fold(job.job_id, gone):
                pass
        for task in work:
            task.cancel()
    return found


async def _say(closer: Closer, job: JobRow) -> None:
    while True:
        await asyncio.sleep(random.uniform(0, 1))  # noqa: S311 - no secret
        closer.committed(job.job_id)


async def _end(bench: Bench) -> Figure:
    """From the last commit of a job until it has ended."""
    names = [f"{number:05}" for number in range(_WORKERS * _LAST_FILES)]
    delays = []
    for _ in range(3):
        job = await _processing(bench, names)
        rows = await bench.deployment.files.pending(job.job_id)
        async with bench.closers() as closers, asyncio.TaskGroup() as group:
            watch = group.create_task(bench.watch(job))
            work = [
                _commit(bench, job, f"w{at}", closer, rows[at::_WORKERS]) for at, closer in enumerate(closers)
            ]
            await asyncio.gather(*work)
            begin = asyncio.get_running_loop().time()
            while not await _has_ended(bench, job):  # noqa: ASYNC110 - in storage
                await asyncio.sleep(0.02)
            delays.append(asyncio.get_running_loop().time() - begin)
            watch.cancel()
    note = ", ".join(f"{delay:.1f}" for delay in delays)
    return Figure(
        "from the last commit of a job to its end", statistics.median(delays), "s", most=3, note=note
    )


async def _commit(bench: Bench, job: JobRow, writer: str, closer: Closer, rows: Sequence[FileRow]) -> None:
    async with open_commits(bench.deployment.file_table, writer) as commits:
        for row in rows:
            await asyncio.sleep(random.uniform(0, _LAST_PAUSE))  # noqa: S311 - no secret
            end = FileEnd(language=row.language, name=row.name, tag=row.tag, status=FileStatus.SUCCEEDED)
            await commits.record(job.job_id, end)
            closer.committed(job.job_id)


async def _has_ended(bench: Bench, job: JobRow) -> bool:
    found = await bench.deployment.jobs.get(job.job_id)
    return found is not None and found.status.ended


async def _processing(bench: Bench, names: Sequence[str]) -> JobRow:
    """A job with these files, listed to its end."""
    files = bench.deployment.files
    job = await bench.deployment.jobs.create(new_job())
    dispatch = await files.begin(job.job_id)
    for begin in range(0, len(names), FILES_A_TRANSACTION):
        group = names[begin : begin + FILES_A_TRANSACTION]
        rows = [FileRow(language="es", name=name, updated_at=utc_now()) for name in group]
        dispatch, _ = await files.extend(job.job_id, dispatch, rows, group[-1])
    await files.advance(job.job_id, dispatch, None, sealed=True)
    return await bench.deployment.jobs.move(job, JobStatus.PROCESSING)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.closers", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args(arguments).scale
    how = f"{_SECONDS:.0f} seconds of each; the watch's reads included."
    conclude("closers", asyncio.run(figures(scale)), how, whole=scale >= 1)


if __name__ == "__main__":
    main()
