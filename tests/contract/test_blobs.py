"""Blobs: conditional writes, bounded reads, listings page by page, and any name Azure accepts."""

import gzip

import pytest
from azure.storage.blob import ContentSettings

from libs.common.deployment import Deployment
from libs.common.errors import Conflict, NotFound, StorageRejected, TooSlow
from libs.common.storage.blobs import Blobs, BlobTooLarge

LIMIT = 1000


@pytest.fixture
async def blobs(deployment: Deployment, container: str) -> Blobs:
    await deployment.blobs.create_container(container)
    return deployment.blobs


@pytest.mark.parametrize("name", ["../other/a.txt", "a/../b.txt", "./a.txt", "a\\..\\b.txt"])
async def test_a_name_that_would_lead_elsewhere_is_not_followed(blobs: Blobs, name: str) -> None:
    with pytest.raises(StorageRejected, match="cannot be addressed"):
        await blobs.read("container", name, 100)


async def put(
    blobs: Blobs, container: str, name: str, data: bytes = b"text", over: str | None = None
) -> None:
    await blobs.write(container, name, data, over=over, content_type="text/plain", metadata={"job": "1"})


async def test_a_blob_is_written_where_there_is_none(blobs: Blobs, container: str) -> None:
    assert await blobs.version(container, "a.txt") is None
    await put(blobs, container, "a.txt")
    version = await blobs.version(container, "a.txt")
    assert version is not None
    assert version.metadata == {"job": "1"}
    with pytest.raises(Conflict):
        await put(blobs, container, "a.txt", b"other")
    assert (await blobs.read(container, "a.txt", LIMIT)).data == b"text"


async def test_a_blob_is_written_over_the_version_named_and_no_other(blobs: Blobs, container: str) -> None:
    await put(blobs, container, "a.txt", b"first")
    first = await blobs.read(container, "a.txt", LIMIT)
    await put(blobs, container, "a.txt", b"second", over=first.etag)
    with pytest.raises(Conflict):
        await put(blobs, container, "a.txt", b"third", over=first.etag)
    second = await blobs.read(container, "a.txt", LIMIT)
    assert second.data == b"second"
    assert second.etag != first.etag


async def test_a_version_that_is_gone_is_a_conflict_and_a_container_that_is_gone_is_not_found(
    blobs: Blobs, container: str
) -> None:
    with pytest.raises(Conflict):
        await put(blobs, container, "never.txt", over='"0x8D0000000000000"')
    with pytest.raises(NotFound):
        await put(blobs, f"{container}-gone", "a.txt")


@pytest.mark.parametrize("size", [0, 1, LIMIT])
async def test_a_blob_up_to_the_limit_is_read_whole(blobs: Blobs, container: str, size: int) -> None:
    await put(blobs, container, "a.txt", b"x" * size)
    assert (await blobs.read(container, "a.txt", LIMIT)).data == b"x" * size


async def test_a_blob_above_the_limit_is_refused_with_its_size(blobs: Blobs, container: str) -> None:
    await put(blobs, container, "a.txt", b"x" * 5 * LIMIT)
    with pytest.raises(BlobTooLarge) as refused:
        await blobs.read(container, "a.txt", LIMIT)
    assert (refused.value.size, refused.value.limit) == (5 * LIMIT, LIMIT)


async def pack(blobs: Blobs, container: str, data: bytes, encoding: str = "gzip") -> None:
    packed = ContentSettings(content_type="text/plain", content_encoding=encoding)
    blob = blobs._service.get_blob_client(container, "packed.txt")
    await blob.upload_blob(data, overwrite=True, content_settings=packed)


async def test_a_blob_that_was_stored_packed_is_read_unpacked(blobs: Blobs, container: str) -> None:
    await pack(blobs, container, gzip.compress(b"Good ") + gzip.compress(b"day."))
    assert (await blobs.read(container, "packed.txt", LIMIT)).data == b"Good day."
    assert (await blobs.head(container, "packed.txt", LIMIT)).data == b"Good day."
    for data, encoding in ((b"Good day.", "gzip"), (gzip.compress(b"Good day."), "br")):
        await pack(blobs, container, data, encoding)
        assert (await blobs.read(container, "packed.txt", LIMIT)).data == data


async def test_a_small_blob_that_unpacks_to_a_huge_one_is_refused(blobs: Blobs, container: str) -> None:
    await pack(blobs, container, gzip.compress(b"x" * 10_000_000)[: 20 * LIMIT])
    with pytest.raises(BlobTooLarge):
        await blobs.read(container, "packed.txt", 20 * LIMIT)
    assert (await blobs.head(container, "packed.txt", LIMIT)).data == b"x" * LIMIT


async def test_a_transfer_that_takes_all_its_time_is_too_slow_while_storage_answers_otherwise(
    blobs: Blobs, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(blobs, container, "a.txt")
    monkeypatch.setattr("libs.common.storage.blobs._TRANSFER_SECONDS", 0)
    monkeypatch.setattr("libs.common.patience._LATE", 60)  # no grace for a loop that a busy machine held up
    with pytest.raises(TooSlow, match="read blob"):
        await blobs.read(container, "a.txt", LIMIT)
    with pytest.raises(TooSlow, match="write blob"):
        await put(blobs, container, "b.txt")


async def test_what_is_not_there_is_not_found(blobs: Blobs, container: str) -> None:
    with pytest.raises(NotFound):
        await blobs.read(container, "a.txt", LIMIT)
    with pytest.raises(NotFound):
        await blobs.page(f"{container}-gone", "", None, 10)
    await blobs.create_container(container)  # there already: no error


async def test_a_listing_comes_page_by_page_in_name_order_and_ends(blobs: Blobs, container: str) -> None:
    names = [f"docs/{number:02}.txt" for number in range(25)]
    for name in [*names, "other.txt"]:
        await put(blobs, container, name)
    pages, marker = [], None
    while True:
        page = await blobs.page(container, "docs/", marker, 10)
        pages.append([blob.name for blob in page.blobs])
        marker = page.marker
        if marker is None:
            break
    assert pages == [names[:10], names[10:20], names[20:]]


async def test_a_listing_tells_size_and_version(blobs: Blobs, container: str) -> None:
    await put(blobs, container, "a.txt", b"12345")
    (listed,) = (await blobs.page(container, "", None, 10)).blobs
    read = await blobs.read(container, "a.txt", LIMIT)
    assert listed.size == 5
    assert listed.etag.strip('"') == read.etag.strip('"')


@pytest.mark.parametrize(
    "name",
    [
        "#?%.txt",
        "a b  c.txt",
        "100%25.txt",
        "日本/👩\u200d👧.txt",
        "x" * 1020 + ".txt",
        "a+b&c=d;e'f.txt",
        "ä" * 500,
    ],
)
async def test_any_name_can_be_written_listed_and_read(blobs: Blobs, container: str, name: str) -> None:
    await put(blobs, container, name)
    assert [blob.name for blob in (await blobs.page(container, name, None, 10)).blobs] == [name]
    assert (await blobs.read(container, name, LIMIT)).data == b"text"
    assert await blobs.version(container, name) is not None
