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


async def purge(jobs: Jobs, files: Files, task: DispatchTask) -> bool:
    """One turn of a purge; True when nothing is left. A job that was retried since is left alone."""
    job_id = task.job_id
    job = await jobs.get(job_id)
    if job is not None and (not job.status.ended or job.retries != task.retries):
        return True
    if job is not None:
        try:
            await jobs.remove(job)
        except Conflict:
            return False
    for _ in range(_A_TURN):
        if not await files.remove_some(job_id):
            _log.info("rows of a deleted job are removed", job_id=job_id)
            return True
    return False
