"""Retention: jobs that ended long ago are deleted like any that a user deletes."""

from datetime import UTC, datetime, timedelta

from libs.common.errors import Conflict
from libs.common.ledger import keys
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import JobRow
from libs.common.storage.queues import WorkQueue
from libs.jobs.purge import delete

#: Jobs of one page, and pages of one round: a round looks at every job of a deployment of ordinary size.
_A_PAGE, _PAGES = 500, 200


async def delete_old(jobs: Jobs, dispatch_queue: WorkQueue, days: float) -> int:
    """Delete jobs that ended more than ``days`` ago; gives how many. A running job is never touched."""
    limit = datetime.now(UTC) - timedelta(days=days)
    # Ids begin with inverted time: whatever was made before the limit stands behind this key.
    behind: str | None = keys.oldest_id_of(limit)
    deleted = 0
    for _ in range(_PAGES):
        page, behind = await jobs.page(_A_PAGE, behind)
        for job in page:
            deleted += await _delete_if_old(jobs, dispatch_queue, job, limit)
        if behind is None:
            break
    return deleted


async def _delete_if_old(jobs: Jobs, dispatch_queue: WorkQueue, job: JobRow, limit: datetime) -> bool:
    if job.completed_at is None or datetime.fromisoformat(job.completed_at) > limit:
        return False
    try:
        await delete(jobs, dispatch_queue, job)
    except Conflict:
        return False  # it was retried this moment
    return True
