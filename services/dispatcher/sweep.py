"""The sweep: finds open jobs that nobody looks at (their message was never sent, or got lost).

Whether a job was looked at is told by the version of its ``~open`` row, and for how long by our own
monotonic clock, so clocks that disagree between pods do no harm.
"""

import asyncio
import time

import structlog

from libs.common.errors import AppError
from libs.common.ledger.jobs import Jobs
from libs.common.runtime.process import wait_first
from libs.common.settings import DispatcherSettings
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import DispatchTask

_log = structlog.get_logger(__name__)


class Sweep:
    """Sends a fresh message for each job not looked at for ``sweep_after`` seconds."""

    def __init__(self, settings: DispatcherSettings, jobs: Jobs, queue: WorkQueue) -> None:
        self._every = settings.sweep_interval
        self._after = settings.sweep_after
        self._jobs = jobs
        self._queue = queue
        self._seen: dict[str, tuple[str, float]] = {}

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
        now = time.monotonic()
        versions = {job.job_id: job.version async for job in self._jobs.open_jobs()}
        kept = {job: seen for job, seen in self._seen.items() if versions.get(job) == seen[0]}
        self._seen = {job: kept.get(job, (version, now)) for job, version in versions.items()}
        left = [job for job, (_, since) in self._seen.items() if now - since >= self._after]
        return sum([await self._take_up(job) for job in left])

    async def _take_up(self, job_id: str) -> bool:
        # The stamp comes first and under the version seen: of several dispatchers one sends.
        version, _ = self._seen.pop(job_id)
        if not await self._jobs.looked_at(job_id, version):
            return False
        await self._queue.send(DispatchTask(job_id=job_id).encode())
        _log.warning("open job taken up again", job_id=job_id)
        return True
