"""One worker with an engine that remembers what it was asked, on storage that has Azure's manners."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from libs.common.deployment import Deployment
from libs.common.ledger.records import FileRow, JobRow
from libs.jobs.messages import DispatchTask
from libs.jobs.retry import reopen
from libs.jobs.submit import submit
from libs.jobs.turn import Dispatch, take_turn
from tests.conftest import Explicit
from tests.integration.conftest import Upload, new_job
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import ended, working


@dataclass(frozen=True, slots=True)
class Works:
    deployment: Deployment
    explicit: Explicit
    upload: Upload
    dispatch: Dispatch
    engine: StubbornEngine = field(default_factory=StubbornEngine)

    async def job(self, sources: Mapping[str, bytes], **fields: Any) -> JobRow:
        """A job over these files that is listed and waits for a worker."""
        container = f"c-{secrets.token_hex(6)}"
        await self.upload(container, sources)
        job = new_job(container, **fields)
        await submit(self.deployment, job)
        await take_turn(self.dispatch, DispatchTask(job_id=job.job_id))
        found = await self.deployment.jobs.get(job.job_id)
        assert found is not None
        return found

    async def ended(self, job: JobRow) -> JobRow:
        """Work until the job has ended."""
        async with working(self.explicit, self.deployment, self.engine):
            return await ended(self.deployment, job)

    async def retried(self, job: JobRow) -> JobRow:
        """Retry an ended job and work until it has ended once more."""
        await reopen(self.deployment.jobs, None, job)
        await take_turn(self.dispatch, DispatchTask(job_id=job.job_id))
        return await self.ended(job)

    async def row(self, job: JobRow, name: str) -> FileRow:
        row = await self.deployment.files.file(job.job_id, "es", name)
        assert row is not None
        return row
