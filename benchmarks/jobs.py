"""Ten thousand open jobs on one dispatcher: how many messages a job has, and how soon a new job is taken up.

python -m benchmarks.jobs [--scale 0.1]

A hundred open jobs are measured first, in the same run. The dispatcher is the real program with its usual
times, on a real Azurite. No worker runs, so every job stays open.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.filling import new_job, opened, upload
from benchmarks.goals import Figure, conclude
from benchmarks.programs import program, until
from deploy.local.azurite import Azurite, azurite
from libs.common.deployment import Deployment
from libs.common.ledger.records import JobStatus
from libs.jobs.messages import DispatchTask
from libs.jobs.submit import submit

_FEW, _MANY = 100, 10_000
#: Seconds for which jobs are watched once each was taken up, and at least. The sweep cannot take a job for
#: lost before SWEEP_AFTER, WATCH_INTERVAL and SWEEP_INTERVAL are over, which are 180 seconds by default.
_SECONDS, _LEAST_SECONDS = 300.0, 200.0
#: Longest pause between two new jobs (seconds).
_PAUSE = 20.0
_WRITES_AT_ONCE = 16
_MOST_MESSAGES, _MOST_SECONDS = 2, 30
#: What the sweep logs when it sends a further message for a job.
_SENT_AGAIN = "open job taken up again"


@dataclass(slots=True)
class Messages:
    """How many dispatch messages were sent for each job: one with its submission, and those of the sweep."""

    sent: Counter[str] = field(default_factory=Counter)

    def hear(self, _name: str, line: str) -> None:
        """Count a line of the dispatcher that says it sent a message."""
        if _SENT_AGAIN in line:
            self.sent[json.loads(line)["job_id"]] += 1


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured with so many open jobs."""

    #: Jobs that were open before new ones came.
    jobs: int
    #: The most messages that were ever sent for one job.
    most_messages: int
    #: The longest that the dispatch queue was.
    longest_queue: int
    #: Seconds until each of the jobs had been taken up once.
    all_taken_up: float
    #: Seconds from the request of each new job until it was taken up.
    waits: Sequence[float]


async def figures(scale: float) -> list[Figure]:
    seconds = max(_LEAST_SECONDS, _SECONDS * scale)
    few, many = [await _seen(round(jobs * scale), seconds) for jobs in (_FEW, _MANY)]
    ratio = statistics.median(many.waits) / statistics.median(few.waits)
    what = f"a new job waits: median with {many.jobs:,} open jobs to that with {few.jobs:,}"
    return [*_figures(few), *_figures(many), Figure(what, ratio)]


def _figures(seen: Seen) -> list[Figure]:
    among = f"{seen.jobs:,} open jobs"
    queue = f"at most {seen.longest_queue:,} in the queue, with {len(seen.waits)} new jobs"
    waits = f"median {statistics.median(seen.waits):.1f} s of {len(seen.waits)}"
    return [
        Figure(f"{among}: most messages a job", seen.most_messages, most=_MOST_MESSAGES, note=queue),
        Figure(f"{among}: longest wait of a new job", max(seen.waits), "s", most=_MOST_SECONDS, note=waits),
        Figure(f"{among}: until each was taken up once", seen.all_taken_up, "s"),
    ]


async def _seen(jobs: int, seconds: float) -> Seen:
    messages = Messages()
    async with azurite() as storage, opened(storage) as deployment:
        await upload(deployment, 1)
        before = await _open_jobs(deployment, jobs)
        messages.sent.update(before)
        lengths: list[int] = []
        async with _dispatching(storage, messages), asyncio.TaskGroup() as group:
            measuring = group.create_task(_measure_queue(deployment, lengths))
            all_taken_up = await _all_taken_up(deployment, before)
            print(f"{jobs:,} jobs taken up after {all_taken_up:.0f} s", flush=True)
            waits = await _waits(deployment, messages, seconds)
            measuring.cancel()
    return Seen(jobs, max(messages.sent.values()), max(lengths), all_taken_up, waits)


async def _open_jobs(deployment: Deployment, jobs: int) -> list[str]:
    """Jobs of one file with their messages, as `submit` makes them. Gives their ids."""
    bound = asyncio.Semaphore(_WRITES_AT_ONCE)

    async def make() -> str:
        async with bound:
            job = await deployment.jobs.create(new_job())
            await deployment.dispatch_queue.send(DispatchTask(job_id=job.job_id).encode())
            return job.job_id

    return await asyncio.gather(*(make() for _ in range(jobs)))


@asynccontextmanager
async def _dispatching(storage: Azurite, messages: Messages) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory() as home:
        dispatcher = program("dispatcher", "services.dispatcher", storage, Path(home), on_line=messages.hear)
        await dispatcher.start()
        try:
            yield
            if dispatcher.returncode is not None:
                raise dispatcher.died()
        finally:
            await dispatcher.stop(10)


async def _measure_queue(deployment: Deployment, lengths: list[int]) -> None:
    while True:
        lengths.append(await deployment.dispatch_queue.length())
        await asyncio.sleep(2)


async def _all_taken_up(deployment: Deployment, jobs: Sequence[str]) -> float:
    """Seconds until each of these jobs has been taken up."""
    begin = time.monotonic()

    async def are_taken_up() -> bool:
        waiting = set(jobs)
        async for row in deployment.jobs.open.all():
            if row.status is not JobStatus.QUEUED:
                waiting.discard(row.job_id)
        return not waiting

    await until(are_taken_up, every=1)
    return time.monotonic() - begin


async def _waits(deployment: Deployment, messages: Messages, seconds: float) -> list[float]:
    """Post a job now and then for so many seconds; how long each waited until it was taken up."""
    waits, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - no secret
        waits.append(await _wait(deployment, messages))
    return waits


async def _wait(deployment: Deployment, messages: Messages) -> float:
    begin = time.monotonic()
    job = await submit(deployment, new_job())
    messages.sent[job.job_id] += 1

    async def is_taken_up() -> bool:
        found = await deployment.jobs.get(job.job_id)
        return found is not None and found.status is not JobStatus.QUEUED

    await until(is_taken_up, every=0.05)
    return time.monotonic() - begin


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args(arguments).scale
    how = (
        f"Jobs of one file; watched for {_SECONDS:.0f} s after each was taken up once, with a new job every "
        f"{_PAUSE / 2:.0f} s or so."
    )
    conclude("jobs", asyncio.run(figures(scale)), how, whole=scale >= 1)


if __name__ == "__main__":
    main()
