"""The closing check: who sees that nothing is pending ends the job. Everybody may look, one will do it."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from libs.common.errors import Conflict
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import Counts, JobRow, JobStatus, Progress
from libs.common.storage.queues import WorkQueue
from libs.jobs.notify import announce
from libs.telemetry.catalogue import JOB_DURATION, JOBS_ENDED

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
