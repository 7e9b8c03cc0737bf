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
        #: When the read of a job began, and the job.
        self._kept: dict[str, tuple[float, JobRow | None]] = {}
        #: A lock lives as long as somebody reads or waits, however that ends.
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def fresh(self, job_id: str) -> JobRow | None:
        """The job as it is now, for whom a few seconds matter: read after this was called."""
        return await self._read(job_id, not_before=time.monotonic())

    async def get(self, job_id: str) -> JobRow | None:
        return await self._read(job_id, not_before=time.monotonic() - KEPT_SECONDS)

    async def _read(self, job_id: str, *, not_before: float) -> JobRow | None:
        """The job, from a read that began after ``not_before``."""
        async with self._reading.setdefault(job_id, asyncio.Lock()):
            kept = self._kept.get(job_id)
            if kept is not None and kept[0] > not_before:
                return kept[1]
            began = time.monotonic()
            job = await self._jobs.get(job_id)
            self._keep(job_id, began, job)
            return job

    def _keep(self, job_id: str, began: float, job: JobRow | None) -> None:
        self._kept.pop(job_id, None)
        self._kept[job_id] = (began, job)
        while len(self._kept) > _KEPT_JOBS:
            del self._kept[next(iter(self._kept))]
