"""Files that no format reads: told by name or by a look into them, skipped or copied, counted once."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
from azure.storage.blob import ContentSettings

from libs.common.deployment import Deployment
from libs.common.errors import LeaseLost
from libs.common.ledger.records import FileRow, FileStatus, IfExists, JobRow, JobStatus
from libs.common.storage.streams import Download
from libs.jobs.bounds import Room
from libs.jobs.copying import COPY_MEMORY, LARGEST_COPY, Copier, copy_file
from libs.jobs.marks import mark_of_copy
from libs.jobs.messages import FileTask
from libs.jobs.sight import sight_of
from libs.jobs.turn import Dispatch
from libs.translation.errors import PermanentFault
from tests.conftest import Explicit
from tests.integration.conftest import Listed, Upload, new_job
from tests.integration.dispatcher.test_reruns import again, statuses
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import dead_letters, ended, working

ReadRow = Callable[[JobRow, str], Awaitable[FileRow]]
COPY = {"unsupported": "copy"}
PICTURE, LARGE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)), os.urandom(9 * 1024 * 1024 + 7)
FILES = {
    "README": b"Read me before all others.",
    "notes.final": b"Some words of a note.",
    "strings": json.dumps({"title": "A house"}).encode(),
    "blob": PICTURE,
    "empty": b"",
    "photo.jpg": b"\xff\xd8\xff",
    "page.txt": b"A page.",
}
TRANSLATED = {"README", "notes.final", "strings", "page.txt"}


async def targets(deployment: Deployment, job: JobRow) -> dict[str, bytes]:
    listing = await deployment.blobs.page(job.target_container, "", None, 100)
    found = [
        await deployment.blobs.read(job.target_container, blob.name, 10 * len(LARGE))
        for blob in listing.blobs
    ]
    return {blob.name: blob_found.data for blob, blob_found in zip(listing.blobs, found, strict=True)}


async def test_files_without_a_telling_name_are_looked_into_and_what_is_no_document_is_skipped(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow, connection_string: str
) -> None:
    job = await listed(FILES)
    assert await deployment.file_queue.length() == len(FILES) - 1, "a name that tells costs no message"
    engine = StubbornEngine()
    async with working(explicit, deployment, engine):
        closed = await ended(deployment, job)

    assert closed.status is JobStatus.COMPLETED
    assert closed.final is not None
    assert (closed.final.total, closed.final.pending) == (len(FILES), 0)
    assert (closed.final.counts.succeeded, closed.final.counts.skipped) == (4, 3)
    assert await targets(deployment, job) == {name: FILES[name] for name in TRANSLATED}
    assert "A house" in engine.asked, "a JSON file was not taken apart as JSON"
    said = {name: await file_row(job, name) for name in ("photo.jpg", "blob", "empty")}
    assert {row.status for row in said.values()} == {FileStatus.SKIPPED}
    assert {row.error_code for row in said.values()} == {"unsupported_format"}
    assert [row.error for row in said.values()] == [
        "no format here translates an image (.jpg)",
        "the name tells no format, and the content is an image (PNG)",
        "the name tells no format, and the content is an empty file",
    ]
    assert await dead_letters(connection_string, deployment) == []


async def test_a_rerun_translates_and_pays_for_none_of_them_again(
    explicit: Explicit, deployment: Deployment, listed: Listed, dispatch: Dispatch
) -> None:
    first = await listed(FILES)
    async with working(explicit, deployment, StubbornEngine()):
        await ended(deployment, first)
    engine = StubbornEngine()
    async with working(explicit, deployment, engine):
        for options in ({}, COPY, COPY, {}):
            job = await again(deployment, dispatch, first, options=options)
            closed = await ended(deployment, job)
            assert closed.status is JobStatus.COMPLETED
            assert closed.final is not None
            assert closed.final.counts.skipped == len(FILES)
    assert engine.asked == []


async def test_what_is_copied_is_the_source_byte_for_byte_and_no_translation(
    explicit: Explicit, deployment: Deployment, listed: Listed, dispatch: Dispatch, file_row: ReadRow
) -> None:
    files = {**FILES, "film": LARGE}
    job = await listed(files, options=COPY)
    settings = {"max_file_bytes": 1000}  # is of translations; "film" has more
    async with working(explicit, deployment, StubbornEngine(), **settings):
        closed = await ended(deployment, job)
        assert closed.status is JobStatus.COMPLETED
        assert closed.final is not None
        assert (closed.final.counts.succeeded, closed.final.counts.skipped) == (4, 4)
        assert await targets(deployment, job) == files
        for name, why in {"photo.jpg": "an image (.jpg)", "film": "binary data"}.items():
            row = await file_row(job, name)
            assert (row.status, row.error_code, row.characters) == (FileStatus.SKIPPED, "copied", 0)
            assert row.error is not None
            assert row.error.startswith("copied untranslated: ")
            assert why in row.error

        second = await again(deployment, dispatch, job)
        assert {code for _, code in (await statuses(deployment, second)).values()} == {"unchanged"}
        await deployment.blobs.write(
            job.source_container, "blob", PICTURE + b"!", over=await etag(deployment, job, "blob"),
            content_type="image/png", metadata={},
        )  # fmt: skip
        third = await again(deployment, dispatch, job)
        await ended(deployment, third)
        changed = {
            name for name, (_, code) in (await statuses(deployment, third)).items() if code == "copied"
        }
    assert changed == {"blob"}
    assert (await targets(deployment, job))["blob"] == PICTURE + b"!"


async def etag(deployment: Deployment, job: JobRow, name: str) -> str:
    found = await deployment.blobs.version(job.source_container, name)
    assert found is not None
    return found.etag


@dataclass
class Copying:
    """A file and all that copying it takes."""

    deployment: Deployment
    job: JobRow
    held: bool = True

    async def is_held(self) -> bool:
        return self.held

    @property
    def copier(self) -> Copier:
        return Copier(self.deployment.blobs, self.deployment.streams)

    async def copy(self, name: str = "a.png", *, size: int = 1, delivered_before: bool = False) -> str | None:
        task = FileTask(job_id=self.job.job_id, language="es", name=name, tag='"t"', size=size)
        seen = sight_of(name)
        assert seen is not None
        end = await copy_file(
            self.copier,
            self.job,
            task,
            seen,
            delivered_before=delivered_before,
            held=self.is_held,
            room=Room(COPY_MEMORY, COPY_MEMORY),
        )
        assert end.status is FileStatus.SKIPPED
        return end.error_code

    async def target(self) -> str | None:
        found = await self.deployment.blobs.version(self.job.target_container, "a.png")
        return None if found is None else found.etag


@pytest.fixture
async def copying(deployment: Deployment, container: str, upload: Upload) -> Copying:
    await upload(container, {"a.png": LARGE})
    await deployment.blobs.create_container(f"{container}-out")
    return Copying(deployment, new_job(container, options=COPY))


async def test_a_copy_keeps_the_content_type_and_says_what_it_was_made_from(copying: Copying) -> None:
    service, job = copying.deployment.storage.blobs, copying.job
    source = service.get_blob_client(job.source_container, "a.png")
    kind = ContentSettings(content_type="image/x-odd", content_encoding="gzip")
    await source.upload_blob(b"not gzip at all", overwrite=True, content_settings=kind)
    assert await copying.copy() == "copied"
    copy = await service.get_blob_client(job.target_container, "a.png").get_blob_properties()
    assert copy.content_settings.content_type == "image/x-odd"
    assert copy.content_settings.content_encoding == "gzip"
    assert copy.metadata == mark_of_copy(job, "es", "a.png", await etag(copying.deployment, job, "a.png"))
    assert int(copy.size) == len(b"not gzip at all")


async def test_a_redelivered_copy_is_not_made_twice(copying: Copying) -> None:
    await copying.copy()
    before = await copying.target()
    assert await copying.copy(delivered_before=True) == "copied"
    assert await copying.target() == before


async def test_a_copy_whose_lease_ends_on_the_way_writes_nothing(
    copying: Copying, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ = copying.deployment.streams.open

    async def slow(container: str, name: str) -> Download:
        found = await open_(container, name)

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in found.pieces:
                yield piece
                copying.held = False

        return replace(found, pieces=pieces())

    monkeypatch.setattr(copying.deployment.streams, "open", slow)
    with pytest.raises(LeaseLost):
        await copying.copy()
    assert await copying.target() is None


async def test_a_source_that_changes_on_the_way_is_copied_in_one_version(
    copying: Copying, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, blobs, open_ = copying.job, copying.deployment.blobs, copying.deployment.streams.open
    versions = [b"new" * 3_000_000]

    async def changed(container: str, name: str) -> Download:
        found = await open_(container, name)
        if versions:
            await blobs.write(
                container, name, versions.pop(), over=f'"{found.etag}"', content_type="image/png", metadata={}
            )
        return found

    monkeypatch.setattr(copying.deployment.streams, "open", changed)
    assert await copying.copy() == "copied"
    assert (await blobs.read(job.target_container, "a.png", 10**8)).data == b"new" * 3_000_000


async def test_a_copy_is_written_over_a_stranger_only_where_the_job_says_so(copying: Copying) -> None:
    job, blobs = copying.job, copying.deployment.blobs
    await blobs.write(
        job.target_container, "a.png", b"theirs", over=None, content_type="image/png", metadata={}
    )
    copying.job = replace(job, if_exists=IfExists.FAIL)
    with pytest.raises(PermanentFault) as refused:
        await copying.copy()
    assert refused.value.code == "target_exists"
    assert (await blobs.read(job.target_container, "a.png", 100)).data == b"theirs"
    copying.job = job
    await copying.copy()
    assert (await blobs.read(job.target_container, "a.png", 10**8)).data == LARGE


async def test_what_cannot_be_copied_says_why(copying: Copying) -> None:
    for wanted, code in (
        (copying.copy("gone.png"), "source_not_found"),
        (copying.copy(size=LARGEST_COPY + 1), "file_too_large"),
    ):
        with pytest.raises(PermanentFault) as fault:
            await wanted
        assert fault.value.code == code
    copying.job = replace(copying.job, target_container=f"{copying.job.target_container}-gone")
    with pytest.raises(PermanentFault) as fault:
        await copying.copy()
    assert fault.value.code == "target_container_not_found"


@pytest.mark.parametrize("options", [COPY, {}])
async def test_a_copy_or_skip_that_is_delivered_twice_is_counted_once(
    explicit: Explicit, deployment: Deployment, listed: Listed, options: dict[str, str]
) -> None:
    job = await listed({"blob": PICTURE, "photo.jpg": PICTURE, "README": b"A page."}, options=options)
    for message in await deployment.file_queue.receive(32, 1):
        await deployment.file_queue.send(message.body)
    async with working(explicit, deployment, StubbornEngine()), asyncio.timeout(30):
        await ended(deployment, job)
        while await deployment.file_queue.length():  # noqa: ASYNC110 - storage sets no event
            await asyncio.sleep(0.05)
    found = await deployment.files.progress(job.job_id)
    assert (found.total, found.counts.succeeded, found.counts.skipped, found.pending) == (3, 1, 2, 0)
