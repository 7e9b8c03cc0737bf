"""Submit a job: look at the source, write the job row, tell the dispatchers."""

from dataclasses import replace

import structlog

from libs.common.deployment import Deployment
from libs.common.errors import AppError
from libs.common.ledger.jobs import RequestKey
from libs.common.ledger.records import JobRow
from libs.jobs.messages import DispatchTask
from libs.jobs.sources import source_page
from libs.telemetry.tracing import traceparent

#: Names looked at before the job is accepted, whatever the container's size: enough to know a small job's
#: total at once, and to refuse a container that is not there. Each costs the caller some 0.2 ms.
FIRST_LOOK = 50

_log = structlog.get_logger(__name__)


async def submit(
    deployment: Deployment, job: JobRow, *, key: RequestKey | None = None, tell: bool = True
) -> JobRow:
    """Accept the job and, unless the caller runs it itself, tell the dispatchers.

    With a key that stands for a job already, that job is given and nothing is read or made: a repeat is
    answered even where the source is gone. `NotFound`: the source container is not there. `KeyReused`: the
    key stands for another request.

    A crash between the row and the message leaves an open job that the dispatchers' sweep finds.
    """
    known = None if key is None else await deployment.jobs.known(key)
    if known is not None:
        return known
    listing = await source_page(deployment.blobs, replace(job, files=()), None, FIRST_LOOK)
    names = job.files or listing.blobs
    await deployment.blobs.create_container(job.target_container)
    looked_at = replace(job, first_look=len(names) * len(job.target_languages))
    accepted = await deployment.jobs.create(looked_at, key)
    if accepted.job_id != job.job_id:
        return accepted
    _log.info(
        "job accepted",
        job_id=job.job_id,
        source=job.source_container,
        target=job.target_container,
        languages=list(job.target_languages),
    )
    if tell:
        await _tell(deployment, job)
    return accepted


async def _tell(deployment: Deployment, job: JobRow) -> None:
    try:
        task = DispatchTask(job_id=job.job_id, traceparent=traceparent())
        await deployment.dispatch_queue.send(task.encode())
    except AppError as error:
        _log.warning("dispatch message not sent; the sweep sends it", job_id=job.job_id, error=str(error))
