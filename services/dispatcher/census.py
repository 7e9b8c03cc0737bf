"""Counts what is in the queues and which jobs are open, for whoever reads the metrics.

By itself, every few seconds, and never when it is asked: scrapes cost storage nothing, however many there
are, and Azure Monitor, which asks for nothing, has the same figures.
"""

import asyncio
from collections import Counter

import structlog

from libs.common.deployment import Deployment
from libs.common.errors import AppError
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import ENDED, JobStatus
from libs.common.storage.queues import WorkQueue
from libs.telemetry.catalogue import DEAD_LETTERS, JOBS_OPEN, OLDEST_MESSAGE, QUEUE_DEPTH
from services.dispatcher.rounds import keep_rounds

#: Seconds between two rounds: seven to ten reads, and one for each thousand open jobs. While there is nothing
#: to count it is done seldom, or it would be a good part of what an idle system asks of storage.
_EVERY, _EVERY_IDLE = 30.0, 120.0
#: Open jobs looked at: pages of 1,000, so at most ten reads.
_MOST_OPEN_JOBS = 10_000
_OPEN = tuple(status for status in JobStatus if status not in ENDED)

_log = structlog.get_logger(__name__)


async def keep_census(deployment: Deployment, stop: asyncio.Event) -> None:
    """Until ``stop`` is set. What could not be read is no longer shown: an old figure would be a lie."""
    queues = {
        "files": deployment.file_queue,
        "dispatch": deployment.dispatch_queue,
        "notifications": deployment.notify_queue,
    }
    is_busy = False

    async def one_round() -> None:
        nonlocal is_busy
        waiting = [await _count_messages(name, queue) for name, queue in queues.items()]
        is_busy = bool(await _count_jobs(deployment.jobs)) or any(waiting)

    await keep_rounds("census", one_round, lambda: _EVERY if is_busy else _EVERY_IDLE, stop)


async def _count_messages(name: str, queue: WorkQueue) -> int:
    """Those in the queue; 0 also where that is not known."""
    try:
        depth, dead = await queue.length(), await queue.dead.length()
        age = await queue.oldest_age() if depth else 0.0
    except AppError as error:
        _log.warning("queue not counted", queue=name, error=str(error))
        for gauge in (QUEUE_DEPTH, DEAD_LETTERS, OLDEST_MESSAGE):
            gauge.forget(name)
        return 0
    QUEUE_DEPTH.set(depth, name)
    DEAD_LETTERS.set(dead, name)
    OLDEST_MESSAGE.set(age, name)
    return depth


async def _count_jobs(jobs: Jobs) -> int:
    """Those that are open; 0 also where that is not known."""
    found: Counter[JobStatus] = Counter()
    try:
        async for job in jobs.open.all():
            if job.status is not None:
                found[job.status] += 1
            if found.total() == _MOST_OPEN_JOBS:
                break
    except AppError as error:
        _log.warning("open jobs not counted", error=str(error))
        for status in _OPEN:
            JOBS_OPEN.forget(status)
        return 0
    for status in _OPEN:
        JOBS_OPEN.set(found[status], status)
    return found.total()
