"""Delete an ended job: its rows go, its translations stay.

First a purge message, then the job row, then a dispatcher removes the file rows. A crash in between leaves
either the job as it was or a message that finishes the work.
"""

import structlog

from libs.common.errors import Conflict
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import JobRow
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import DispatchTask

#: Transactions of deletions in one turn.
_A_TURN = 20

_log = structlog.get_logger(__name__)


async def delete(jobs: Jobs, dispatch_queue: WorkQueue, job: JobRow) -> None:
    """Delete an ended job. `Conflict`: it is no longer the version read (a retry was faster)."""
    task = DispatchTask(job_id=job.job_id, action="purge", retries=job.retries)
    await dispatch_queue.send(task.encode())
    try:
        await jobs.remove(job)
    except Conflict:
        # A dispatcher may have been faster, and that is what was asked for; or its notification went on.
        found = await jobs.get(job.job_id)
        if found is not None and not found.is_same_end(job):
            raise
        if found is not None:
            await jobs.remove(found)
    _log.info("job is deleted", job_id=job.job_id)


async def purge(jobs: Jobs, files: Files, task: DispatchTask) -> DispatchTask | None:
    """One turn of a purge; gives the task of the next, None when nothing is left. A job that was retried
    since is left alone.
    """
    job_id = task.job_id
    job = await jobs.get(job_id)
    if job is not None and (not job.status.ended or job.retries != task.retries):
        return None
    if job is not None:
        try:
            await jobs.remove(job)
        except Conflict:
            return task
    behind, removed = task.behind or None, task.removed
    for _ in range(_A_TURN):
        count, behind = await files.remove_some(job_id, behind)
        removed = removed or count > 0
        if behind is None and not removed:
            _log.info("rows of a deleted job are removed", job_id=job_id)
            return None
        # A row may have been written in the part that was walked through: only a walk without a row is proof.
        removed = removed and behind is not None
    return task.model_copy(update={"behind": behind or "", "removed": removed})
