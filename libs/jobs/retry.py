"""Retry: an ended job's failed files, all of them or one, become pending again.

The API reopens the job row (one more in ``retries``) with its ``~open`` row and sends a message. While
``d.retried`` is behind ``job.retries``, whoever takes a turn for the job does the retry: failed rows to
pending, under a new tag, with ``requeued`` in one transaction with ``d``; the last sets ``d.retried``; the
files are sent as they are made. Messages of the time before meet a changed row and vanish.
"""

import structlog

from libs.common.errors import AppError
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import DispatchRow, FileStatus, JobRow, JobStatus
from libs.common.storage.queues import WorkQueue
from libs.jobs.expand import Outbox, send_tasks
from libs.jobs.messages import DispatchTask
from libs.telemetry.tracing import traceparent

#: Jobs that may be retried; a cancelled or half-listed one is posted again, which skips what is done.
RETRYABLE = frozenset({JobStatus.COMPLETED_WITH_ERRORS, JobStatus.FAILED})
#: Failed files taken up in one transaction: each is two operations, the dispatch row one more.
_A_TRANSACTION = 49
#: Transactions of one turn.
_PAGES_A_TURN = 10

_log = structlog.get_logger(__name__)


def failed_files(job: JobRow) -> int:
    """Files that a retry of this ended job would take up; 0 for one that is not to be retried.

    One that was given up has cancelled files, which no retry takes up: it is posted again.
    """
    if job.status not in RETRYABLE or job.final is None or job.final.cut or job.final.counts.cancelled:
        return 0
    return job.final.counts.failed


async def reopen(
    jobs: Jobs,
    dispatch_queue: WorkQueue | None,
    job: JobRow,
    only: tuple[str, ...] = (),
    max_characters: int | None = None,
) -> JobRow:
    """Open an ended job again and tell the dispatchers, if there are any. ``only``: language and name of a
    single file; ``max_characters``: what the job may spend from now on, if that changes.

    `Conflict`: the job is no longer the version read. A crash before the message is found by the sweep.
    """
    opened = await jobs.reopen(job, only, max_characters or job.max_characters)
    _log.info("job is retried", job_id=job.job_id, retries=opened.retries, only=list(only))
    if dispatch_queue is not None:
        try:
            task = DispatchTask(job_id=job.job_id, traceparent=traceparent())
            await dispatch_queue.send(task.encode())
        except AppError as error:
            _log.warning("dispatch message not sent; the sweep sends it", job_id=job.job_id, error=str(error))
    return opened


async def requeue(files: Files, queue: Outbox, job: JobRow, dispatch: DispatchRow) -> DispatchRow:
    """One turn of a retry. Gives the dispatch row afterwards; ``retried`` says whether the retry is done.

    After an unclear answer the turn ends and the next goes on with what is still failed; a file that was
    made pending without being sent is found by the watch.
    """
    if job.retry_only:
        return await _requeue_one(files, queue, job, dispatch)
    behind = dispatch.retry_behind
    for _ in range(_PAGES_A_TURN):
        rows, behind = await files.failures(job.job_id, _A_TRANSACTION, behind)
        failed = [row for row in rows if row.status is FileStatus.FAILED]
        if failed:
            dispatch, made = await files.requeue(job.job_id, dispatch, failed)
            await send_tasks(queue, job.job_id, made, again=True)
        if behind is None:
            return await files.retried(job.job_id, dispatch, job.retries)
    return dispatch


async def _requeue_one(files: Files, queue: Outbox, job: JobRow, dispatch: DispatchRow) -> DispatchRow:
    language, name = job.retry_only
    row = await files.file(job.job_id, language, name)
    if row is not None and row.status is FileStatus.FAILED:
        dispatch, made = await files.requeue(job.job_id, dispatch, [row])
        await send_tasks(queue, job.job_id, made, again=True)
    return await files.retried(job.job_id, dispatch, job.retries)
