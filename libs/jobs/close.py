"""The closing check: who sees that nothing is pending ends the job. Everybody may look, one will do it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from libs.common.errors import AppError, Conflict
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import Counts, JobRow, JobStatus, Progress
from libs.common.storage.queues import WorkQueue
from libs.jobs.notify import announce
from libs.telemetry.catalogue import JOB_DURATION, JOBS_ENDED

#: Seconds between two closing checks of one job in one process.
CHECK_EVERY = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What a closing check found: the job row as it is then, and the figures. ``progress`` is None where no
    counter was read: the job has ended, is not listed to its end, or is being retried.
    """

    job: JobRow | None
    progress: Progress | None = None


async def close_if_finished(jobs: Jobs, files: Files, notify_queue: WorkQueue, job_id: str) -> JobRow | None:
    """`look`, for those who only want the job row."""
    return (await look(jobs, files, notify_queue, job_id)).job


async def look(jobs: Jobs, files: Files, notify_queue: WorkQueue, job_id: str) -> Look:
    """End the job if it is sealed, nothing is pending and no retry is under way, and ask for its
    notification.

    The order of the reads is part of the protocol: the job row, every counter, the dispatch row; and the
    write holds only for the version of the job row that was read first. The dispatch row is also read before
    the counters: while it says that the end cannot have come, nobody reads them.
    """
    job = await jobs.get(job_id)
    if job is None or job.status.ended:
        return Look(job)
    row = await files.dispatch(job_id)
    if row is None or not row.sealed or row.retried != job.retries:
        return Look(job)
    progress = await files.settled_progress(job_id)
    if not progress.sealed or progress.pending > 0 or progress.retried != job.retries:
        return Look(job, progress)
    return Look(await _close(jobs, files, notify_queue, job, progress), progress)


async def _close(
    jobs: Jobs, files: Files, notify_queue: WorkQueue, job: JobRow, progress: Progress
) -> JobRow | None:
    status, error = await _verdict(files, job, progress.counts)
    said = f"{progress.counts.succeeded}/{progress.total} succeeded"
    try:
        closed = await jobs.close(job, status, progress, said, error)
    except Conflict:
        return await jobs.get(job.job_id)
    _count(closed)
    word = "completed" if status is JobStatus.COMPLETED_WITH_ERRORS else status.value
    _log.info(f"Job {word}: {job.job_id} ({said})", job_id=job.job_id, status=status.value)
    await announce(notify_queue, closed)
    return closed


def _count(closed: JobRow) -> None:
    JOBS_ENDED.add(1, closed.status)
    if closed.retries == 0 and closed.completed_at is not None:
        took = datetime.fromisoformat(closed.completed_at) - datetime.fromisoformat(closed.created_at)
        JOB_DURATION.record(max(0.0, took.total_seconds()), closed.status)


async def _verdict(files: Files, job: JobRow, counts: Counts) -> tuple[JobStatus, str | None]:
    if job.status is JobStatus.CANCELLING:
        return (JobStatus.CANCELLED, None) if job.error is None else (JobStatus.FAILED, job.error)
    if counts.failed == counts.cancelled == 0:
        return JobStatus.COMPLETED, None
    if counts.failed < counts.ended:
        return JobStatus.COMPLETED_WITH_ERRORS, None
    first = await files.first_failure(job.job_id)
    why = "" if first is None else f", first {first.name!r}: {first.error}"
    return JobStatus.FAILED, f"every file failed{why}"


def log_progress(job_id: str, progress: Progress) -> None:
    counts = progress.counts
    _log.info(
        f"Job {job_id}: {counts.succeeded}/{progress.total} processed",
        job_id=job_id,
        processed=counts.succeeded,
        failed=counts.failed,
        pending=progress.pending,
    )


@dataclass(slots=True)
class _Look:
    at: float = float("-inf")
    wanted: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def is_due(self) -> bool:
        return self.task is not None and not self.task.done()


class Closer:
    """Looks after commits of this process: at most every `CHECK_EVERY` a job, and once after the last."""

    def __init__(
        self,
        jobs: Jobs,
        files: Files,
        notify_queue: WorkQueue,
        group: asyncio.TaskGroup,
        ended: Callable[[str], None],
    ) -> None:
        self._jobs, self._files, self._notify_queue = jobs, files, notify_queue
        self._group, self._ended = group, ended
        self._looks: dict[str, _Look] = {}

    def committed(self, job_id: str) -> None:
        """Something of the job was committed: look now or, if we just did, a little later."""
        if job_id not in self._looks:
            self._forget_old()
        look = self._looks.setdefault(job_id, _Look())
        look.wanted = True
        if look.task is None or look.task.done():
            look.task = self._group.create_task(self._check(job_id, look), name=f"closer {job_id}")

    def _forget_old(self) -> None:
        """What was looked at a while ago and is not wanted tells nothing; its job may be closed by others."""
        long_ago = time.monotonic() - CHECK_EVERY
        kept = {job: look for job, look in self._looks.items() if look.is_due or look.at > long_ago}
        self._looks = kept

    def stop(self) -> None:
        for look in self._looks.values():
            if look.task is not None:
                look.task.cancel()

    async def last_look(self) -> None:
        """Wait for the looks that are due (a stopping process owes them)."""
        due = [look.task for look in self._looks.values() if look.task is not None]
        await asyncio.gather(*due)

    async def _check(self, job_id: str, look: _Look) -> None:
        structlog.contextvars.unbind_contextvars("file")  # the look is for the whole job
        while look.wanted:
            await asyncio.sleep(max(0.0, look.at + CHECK_EVERY - time.monotonic()))
            look.at, look.wanted = time.monotonic(), False
            try:
                job = await close_if_finished(self._jobs, self._files, self._notify_queue, job_id)
            except AppError as error:
                # The dispatcher's watch looks again; a worker need not insist.
                _log.info("closing check failed", job_id=job_id, error=str(error))
                return
            if job is None or job.status.ended:
                self._looks.pop(job_id, None)
                self._ended(job_id)
                return


@asynccontextmanager
async def open_closer(
    jobs: Jobs, files: Files, notify_queue: WorkQueue, ended: Callable[[str], None]
) -> AsyncIterator[Closer]:
    """A closer whose looks end with the block; it tells ``ended`` the id of each job seen to have ended."""
    async with asyncio.TaskGroup() as group:
        closer = Closer(jobs, files, notify_queue, group, ended)
        try:
            yield closer
        finally:
            closer.stop()
