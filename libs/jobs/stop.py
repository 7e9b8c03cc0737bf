"""Cancel a job: through the ledger, so that its counts stay exact.

The job row says `cancelling`; from then on dispatchers list no more, and workers settle each waiting message
as cancelled without translating. When nothing is pending the job ends `cancelled`.
"""

import structlog

from libs.common.errors import Conflict
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import JobRow, JobStatus
from libs.common.storage.queues import WorkQueue
from libs.jobs.close import close_if_finished

#: Times a cancel that met another writer of the job row is begun anew.
_TRIES = 5

_log = structlog.get_logger(__name__)


async def cancel(jobs: Jobs, files: Files, notify_queue: WorkQueue, job_id: str) -> JobRow | None:
    """Ask for the end of a job; the job row as it is then, None where there is no such job.

    A job that has ended stays as it is. Asking twice is asking once.
    """
    for _ in range(_TRIES):
        job = await jobs.get(job_id)
        if job is None or job.status.ended:
            return job
        if job.status is not JobStatus.CANCELLING:
            try:
                await jobs.move(job, JobStatus.CANCELLING)
            except Conflict:
                continue
            _log.info("job is being cancelled", job_id=job_id)
        return await close_if_finished(jobs, files, notify_queue, job_id)
    raise Conflict(f"job {job_id} changes all the time")
