"""The source of a job, page by page: the container's listing or, where the job names them, its files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.errors import StorageRejected
from libs.common.ledger.records import JobRow
from libs.common.storage.blobs import BlobName, Blobs
from libs.jobs.selection import choose

_LOOKS_IN_FLIGHT = 16


class SourceRefused(StorageRejected):
    """Storage refuses to list the source of a job."""


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of a source."""

    #: The names that the job asks for, in their order.
    blobs: list[BlobName]
    #: For each of them, how many files of the source the page has up to it, wanted or not.
    listed: list[int]
    #: Where the next page begins; None at the end.
    marker: str | None


async def source_page(blobs: Blobs, job: JobRow, marker: str | None, limit: int) -> SourcePage:
    """One page: ``limit`` names of the source from ``marker`` on, less those that the job does not ask for.

    Raises:
        NotFound: there is no such container.
        SourceRefused: storage does not list it.
    """
    try:
        return await _page(blobs, job, marker, limit)
    except StorageRejected as error:
        raise SourceRefused(str(error)) from error


async def _page(blobs: Blobs, job: JobRow, marker: str | None, limit: int) -> SourcePage:
    if job.files:
        return await _named(blobs, job, marker, limit)
    listing = await blobs.page(job.source_container, job.prefix, marker, limit)
    wanted = await choose(job, [blob.name for blob in listing.blobs])
    numbered = [
        (blob.name, number, blob)
        for number, (blob, is_wanted) in enumerate(zip(listing.blobs, wanted, strict=True), start=1)
        if is_wanted
    ]
    return _in_order(numbered, listing.marker)


def _in_order(numbered: Sequence[tuple[str, int, BlobName]], marker: str | None) -> SourcePage:
    """By name as Python compares names, whatever order the service has within a page."""
    found, listed, most = [], [], 0
    for _, number, blob in sorted(numbered, key=lambda entry: entry[0]):
        most = max(most, number)
        found.append(blob)
        listed.append(most)
    return SourcePage(found, listed, marker)


async def _named(blobs: Blobs, job: JobRow, marker: str | None, limit: int) -> SourcePage:
    """The files named, from number ``marker`` on. One that is not there stays on the list: its task fails and
    says so.
    """
    begin = int(marker or 0)
    bound = asyncio.Semaphore(_LOOKS_IN_FLIGHT)

    async def look(name: str) -> BlobName:
        async with bound:
            found = await blobs.version(job.source_container, name)
        if found is None or found.obstacle == "directory":
            return BlobName(name, 0, "")
        return BlobName(name, found.size, found.etag)

    names = sorted(job.files)[begin : begin + limit]
    end = begin + len(names)
    found = await asyncio.gather(*(look(name) for name in names))
    return SourcePage(list(found), list(range(1, len(names) + 1)), str(end) if end < len(job.files) else None)
