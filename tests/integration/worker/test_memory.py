"""Memory is set aside for what is read, whatever the listing said and however the file is stored."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobClient

from libs.common.deployment import Deployment
from libs.common.ledger.records import FileRow, FileStatus, JobRow
from libs.jobs.messages import DispatchTask
from libs.jobs.submit import submit
from libs.jobs.turn import Dispatch, take_turn
from libs.telemetry.catalogue import BYTES_IN_FLIGHT
from libs.translation.documents import format_of
from libs.translation.engines.engine import Translated, Wish
from libs.translation.segments import Segment
from tests.conftest import Explicit
from tests.integration.conftest import Upload, new_job
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import ended, working
from tests.measuring import figures

NAME = "late.txt"
TEXT = b"".join(b"Line %d of a text that is not small.\n\n" % n for n in range(8_000))


class LookingEngine(StubbornEngine):
    """Notes how much memory is set aside whenever it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.set_aside: list[float] = []

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        self.set_aside.append(sum(figures(BYTES_IN_FLIGHT).values()))
        return await super().translate(segments, wish)


def wanted(size: int) -> int:
    form = format_of(NAME)
    assert form is not None
    return size * form.memory_a_byte


@dataclass
class Late:
    """A job that names one file, which changes after it was listed."""

    explicit: Explicit
    deployment: Deployment
    upload: Upload
    dispatch: Dispatch
    job: JobRow

    async def list(self, files: Mapping[str, bytes]) -> None:
        await self.upload(self.job.source_container, files)
        await submit(self.deployment, self.job)
        await take_turn(self.dispatch, DispatchTask(job_id=self.job.job_id))

    @property
    def blob(self) -> BlobClient:
        return self.deployment.blobs._blob(self.job.source_container, NAME)

    async def ended(self, engine: LookingEngine, **settings: int) -> FileRow:
        async with working(self.explicit, self.deployment, engine, **settings):
            await ended(self.deployment, self.job)
        row = await self.deployment.files.file(self.job.job_id, "es", NAME)
        assert row is not None
        return row


@pytest.fixture
def late(
    explicit: Explicit, deployment: Deployment, upload: Upload, dispatch: Dispatch, container: str
) -> Late:
    return Late(explicit, deployment, upload, dispatch, new_job(container, files=(NAME,)))


@pytest.mark.parametrize("listed", [{}, {NAME: b""}, {NAME: b"Small."}], ids=["absent", "empty", "small"])
async def test_memory_is_set_aside_for_the_file_that_is_there_whatever_was_listed(
    late: Late, listed: dict[str, bytes]
) -> None:
    await late.list(listed)
    await late.blob.upload_blob(TEXT, overwrite=True)
    engine = LookingEngine()
    row = await late.ended(engine)
    assert (row.status, row.attempts) == (FileStatus.SUCCEEDED, 1)
    assert min(engine.set_aside) >= wanted(len(TEXT))


async def test_memory_is_set_aside_for_what_a_packed_file_unpacks_to(late: Late) -> None:
    await late.list({})
    packed = ContentSettings(content_type="text/plain", content_encoding="gzip")
    await late.blob.upload_blob(gzip.compress(TEXT), content_settings=packed)
    engine = LookingEngine()
    row = await late.ended(engine)
    assert (row.status, row.attempts) == (FileStatus.SUCCEEDED, 1)
    assert min(engine.set_aside) >= wanted(len(TEXT))


async def test_a_file_that_grew_beyond_what_is_accepted_fails_with_its_real_size(late: Late) -> None:
    await late.list({NAME: b"Small."})
    await late.blob.upload_blob(TEXT, overwrite=True)
    engine = LookingEngine()
    row = await late.ended(engine, max_file_bytes=100_000)
    assert (row.status, row.error_code) == (FileStatus.FAILED, "file_too_large")
    assert str(len(TEXT)) in str(row.error)
    assert engine.set_aside == []
