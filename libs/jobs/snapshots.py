"""Job rows as a worker needs them: read once a process, kept a few seconds, one read for all who wait."""

import asyncio
import time
from weakref import WeakValueDictionary

from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import JobRow

#: How old a job's settings may be, in seconds. A cancelled job is noticed within this time.
KEPT_SECONDS = 3.0
_KEPT_JOBS = 256


class JobSnapshots:
    """Job rows of this process, at most `KEPT_SECONDS` old."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._kept: dict[str, tuple[float, JobRow | None]] = {}
        #: A lock lives as long as somebody reads or waits, however that ends.
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def fresh(self, job_id: str) -> JobRow | None:
        """The job as it is now, for whom a few seconds matter."""
        self._kept.pop(job_id, None)
        return await self.get(job_id)

    async def get(self, job_id: str) -> JobRow | None:
        async with self._reading.setdefault(job_id, asyncio.Lock()):
            kept = self._kept.get(job_id)
            if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
                return kept[1]
            job = await self._jobs.get(job_id)
            self._keep(job_id, job)
            return job

    def _keep(self, job_id: str, job: JobRow | None) -> None:
        self._kept.pop(job_id, None)
        self._kept[job_id] = (time.monotonic(), job)
        while len(self._kept) > _KEPT_JOBS:
            del self._kept[next(iter(self._kept))]
