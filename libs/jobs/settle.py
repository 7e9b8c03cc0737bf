"""Settle one delivery of a file task: its ending to the ledger or back to the queue, then the message away.

The message is deleted only after the outcome is committed and, for a file given up, after its dead letter
is written; a redelivery that finds its row failed writes the letter before it deletes.
"""

import random
from dataclasses import dataclass

import structlog

from libs.common.errors import AppError
from libs.common.ledger.commits import CommitResult, Commits
from libs.common.ledger.files import Files
from libs.common.ledger.records import FileEnd, FileRow, FileStatus
from libs.common.storage.leases import Lease, LeaseKeeper
from libs.common.storage.queues import WorkQueue
from libs.jobs.closer import Closer
from libs.jobs.endings import Abandoned, Ended, Ending, Stale, TryLater
from libs.jobs.messages import FileTask, dead_letter
from libs.jobs.observing import count_file
from libs.telemetry.stages import stage

#: Files handed back by a stopping worker come up spread over this time (seconds).
_HAND_BACK_SPREAD = 2.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What settling takes."""

    queue: WorkQueue
    leases: LeaseKeeper
    files: Files
    commits: Commits
    closer: Closer


async def settle(desk: Desk, lease: Lease, task: FileTask, ending: Ending) -> None:
    match ending:
        case Ended(end):
            with stage("commit"):
                result = await desk.commits.record(task.job_id, end)
            if result is CommitResult.STALE:
                await _settle_stale(desk, lease, task)
                return
            count_file(task.name, end.status)
            desk.closer.committed(task.job_id)
            if end.status is FileStatus.FAILED:
                _log.warning("file failed", code=end.error_code, error=end.error, attempts=end.attempts)
                await _send_dead(desk, lease, task, end)
            await desk.leases.delete(lease)
        case TryLater(reason, delay, attempt_spent, trouble):
            _log.info("file goes back", reason=reason, delay=round(delay, 1), attempt_spent=attempt_spent)
            back = task.released(attempt_spent=attempt_spent, trouble=trouble)
            await desk.leases.release(lease, delay, back.encode())
        case Stale():
            await _settle_stale(desk, lease, task)
        case Abandoned():
            _log.warning("file abandoned: the lease was lost")
            desk.leases.abandon(lease)


async def settle_undecodable(queue: WorkQueue, leases: LeaseKeeper, lease: Lease, error: str) -> None:
    """A message that is none of ours goes to the dead letters as it is."""
    _log.error("message is undecodable", message_id=lease.id, error=error)
    letter = dead_letter(
        message_id=lease.id,
        body=lease.body,
        job_id=None,
        error=error,
        reason="undecodable",
        attempts=lease.deliveries,
    )
    await queue.send_dead(letter)
    await leases.delete(lease)


async def _settle_stale(desk: Desk, lease: Lease, task: FileTask) -> None:
    """The row has moved on. If it failed, the dead letter may be missing still: write it, perhaps twice."""
    row = await desk.files.file(task.job_id, task.language, task.name)
    if row is not None and row.status is FileStatus.FAILED:
        await _send_dead(desk, lease, task, row)
    _log.debug("message is stale", message_id=lease.id)
    desk.closer.committed(task.job_id)
    await desk.leases.delete(lease)


async def _send_dead(desk: Desk, lease: Lease, task: FileTask, end: FileEnd | FileRow) -> None:
    letter = dead_letter(
        message_id=lease.id,
        body=lease.body,
        job_id=task.job_id,
        error=end.error or "",
        reason=end.error_code or "",
        attempts=end.attempts,
    )
    await desk.queue.send_dead(letter)


async def hand_back(desk: Desk, lease: Lease, task: FileTask) -> None:
    """Give a file back unfinished, at once and without spending an attempt: this process is stopping, or has
    no slot for it.
    """
    delay = random.uniform(0, _HAND_BACK_SPREAD)  # noqa: S311 - jitter, not a secret
    _log.info("file handed back", delay=round(delay, 1))
    try:
        await desk.leases.release(lease, delay, task.released(attempt_spent=False).encode())
    except AppError as error:
        _log.warning("file not handed back; it comes back by itself", error=str(error))
