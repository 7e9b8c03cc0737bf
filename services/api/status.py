"""``GET /batch/status``: what an operator asks first, for a bounded number of storage calls."""

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import JobRow, JobStatus
from libs.common.storage.queues import WorkQueue
from services.api.context import CONTEXT
from services.api.views import View, answer

routes = web.RouteTableDef()

#: Open jobs looked at: pages of 1,000, so at most ten reads.
_MOST_OPEN_JOBS = 10_000


class QueueView(View):
    """How much is in a queue, and what was given up."""

    name: str
    messages: int
    """All of the queue, those in somebody's hands included."""
    dead_letters: int


class OldestView(View):
    """The open job that was posted first."""

    job_id: str
    status: JobStatus
    created_at: str
    age_seconds: int
    """Since it was posted, also after a retry."""


class StatusView(View):
    """The state of the whole system."""

    queues: list[QueueView]
    """The queue of files, then those of jobs and of notifications."""
    open_jobs: int
    """Jobs that have not ended."""
    open_jobs_complete: bool
    """False where more jobs are open than were counted; then the oldest is not known."""
    oldest_open_job: OldestView | None


@routes.get("/api/v1/batch/status")
async def get_status(request: web.Request) -> web.Response:
    deployment = request.app[CONTEXT].deployment
    *queues, (jobs, oldest_id) = await asyncio.gather(
        _queue(deployment.file_queue),
        _queue(deployment.dispatch_queue),
        _queue(deployment.notify_queue),
        _open_jobs(deployment.jobs),
    )
    complete = jobs <= _MOST_OPEN_JOBS
    oldest = await deployment.jobs.get(oldest_id) if complete and oldest_id else None
    view = StatusView(
        queues=queues,
        open_jobs=min(jobs, _MOST_OPEN_JOBS),
        open_jobs_complete=complete,
        # It may have ended, or been deleted, since the open ones were read.
        oldest_open_job=None if oldest is None or oldest.status.ended else _oldest(oldest),
    )
    return answer(view)


async def _queue(queue: WorkQueue) -> QueueView:
    messages, dead_letters = await asyncio.gather(queue.length(), queue.dead.length())
    return QueueView(name=queue.name, messages=messages, dead_letters=dead_letters)


async def _open_jobs(jobs: Jobs) -> tuple[int, str]:
    """How many are open, as far as they are looked at, and the id of the last, which is the oldest."""
    number, job_id = 0, ""
    async for job in jobs.open.all():
        number, job_id = number + 1, job.job_id
        if number > _MOST_OPEN_JOBS:
            break
    return number, job_id


def _oldest(job: JobRow) -> OldestView:
    age = datetime.now(UTC) - datetime.fromisoformat(job.created_at)
    return OldestView(
        job_id=job.job_id,
        status=job.status,
        created_at=job.created_at,
        age_seconds=max(0, int(age.total_seconds())),
    )
