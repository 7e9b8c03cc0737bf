"""Retention: jobs that ended long ago are deleted like any that a user deletes."""

from datetime import UTC, datetime, timedelta

from libs.common.errors import Conflict
from libs.common.ledger import keys
from libs.common.ledger.jobs import Jobs
from libs.common.storage.queues import WorkQueue
from libs.jobs.purge import delete

#: Jobs looked at in one round.
_A_ROUND = 500


async def delete_old(jobs: Jobs, dispatch_queue: WorkQueue, days: float) -> int:
    """Delete jobs that ended more than ``days`` ago; gives how many. A running job is never touched."""
    limit = datetime.now(UTC) - timedelta(days=days)
    # Ids begin with inverted time: whatever was made before the limit stands behind this key.
    page, _ = await jobs.page(_A_ROUND, keys.oldest_id_of(limit))
    deleted = 0
    for job in page:
        if job.completed_at is None or datetime.fromisoformat(job.completed_at) > limit:
            continue
        try:
            await delete(jobs, dispatch_queue, job)
        except Conflict:
            continue
        deleted += 1
    return deleted
