"""The sweep: finds open jobs that nobody looks at (their message was never sent, or got lost).

Whether a job was looked at is told by the version of its ``~open`` row, and for how long by our own
monotonic clock, so clocks that disagree between pods do no harm.
"""

import asyncio

import structlog

from libs.common.errors import AppError
from libs.common.ledger.jobs import Jobs
from libs.common.runtime.process import wait_first
from libs.common.settings import DispatcherSettings
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import DispatchTask
from libs.jobs.standing import Standing

_log = structlog.get_logger(__name__)


class Sweep:
    """Sends a fresh message for each job not looked at for ``sweep_after`` seconds."""

    def __init__(self, settings: DispatcherSettings, jobs: Jobs, queue: WorkQueue) -> None:
        self._every = settings.sweep_interval
        self._after = settings.sweep_after
        self._jobs = jobs
        self._queue = queue
        self._standing = Standing()

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until ``stop`` is set."""
        while not stop.is_set():
            try:
                await self.sweep()
            except AppError as error:
                _log.warning("sweep ended early", error=str(error))
            await wait_first(stop, self._every)

    async def sweep(self) -> int:
        """One sweep; gives how many jobs were taken up again."""
        versions = {job.job_id: job.version async for job in self._jobs.open_jobs()}
        stood = self._standing.look(versions)
        left = [job for job, seconds in stood.items() if seconds >= self._after]
        return sum([await self._take_up(job, versions[job]) for job in left])

    async def _take_up(self, job_id: str, version: str) -> bool:
        # The stamp comes first and under the version seen: of several dispatchers one sends.
        if not await self._jobs.looked_at(job_id, version):
            return False
        await self._queue.send(DispatchTask(job_id=job_id).encode())
        _log.warning("open job taken up again", job_id=job_id)
        return True
