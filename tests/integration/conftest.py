"""Jobs made ready for a service under test."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from libs.common.clock import utc_now
from libs.common.deployment import Deployment
from libs.common.ledger import keys
from libs.common.ledger.records import FileRow, JobRow
from libs.jobs.expand import Expander
from libs.jobs.messages import DispatchTask
from libs.jobs.submit import submit
from libs.jobs.turn import Dispatch, take_turn

Upload = Callable[[str, Mapping[str, bytes]], Awaitable[None]]
Listed = Callable[..., Awaitable[JobRow]]


def new_job(container: str, **fields: Any) -> JobRow:
    """A job as a client posts it, for the copy engine."""
    now = utc_now()
    job = JobRow(
        job_id=keys.new_job_id(),
        source_container=container,
        target_container=f"{container}-out",
        source_language="en",
        target_languages=("es",),
        engine="copy",
        engine_version="1",
        created_at=now,
        updated_at=now,
    )
    return replace(job, **fields)


@pytest.fixture
def upload(deployment: Deployment) -> Upload:
    async def put_all(container: str, files: Mapping[str, bytes]) -> None:
        await deployment.blobs.create_container(container)
        await asyncio.gather(
            *(
                deployment.blobs.write(
                    container, name, data, over=None, content_type="text/plain", metadata={}
                )
                for name, data in files.items()
            )
        )

    return put_all


@pytest.fixture
def dispatch(deployment: Deployment) -> Dispatch:
    return Dispatch(
        jobs=deployment.jobs,
        files=deployment.files,
        queue=deployment.file_queue,
        notify_queue=deployment.notify_queue,
        expander=Expander(deployment.files, deployment.blobs, deployment.file_queue, 1000),
        backlog=10_000,
        watch_seconds=30,
        stalled_seconds=900,
    )


@pytest.fixture
def listed(deployment: Deployment, dispatch: Dispatch, upload: Upload, container: str) -> Listed:
    """Submit a job over the files given and list it: its messages are in the queue."""

    async def make(files: Mapping[str, bytes], **fields: Any) -> JobRow:
        await upload(container, files)
        job = new_job(container, **fields)
        await submit(deployment, job)
        await take_turn(dispatch, DispatchTask(job_id=job.job_id))
        found = await deployment.jobs.get(job.job_id)
        assert found is not None
        return found

    return make


@pytest.fixture
def file_row(deployment: Deployment) -> Callable[[JobRow, str], Awaitable[FileRow]]:
    async def read(job: JobRow, name: str) -> FileRow:
        row = await deployment.files.file(job.job_id, "es", name)
        assert row is not None
        return row

    return read
