"""The source of a job, page by page: the container's listing or, where the job names them, its files."""

import asyncio

from libs.common.ledger.records import JobRow
from libs.common.storage.blobs import BlobName, Blobs, Listing
from libs.jobs.selection import chosen

_LOOKS_IN_FLIGHT = 16


async def source_page(blobs: Blobs, job: JobRow, marker: str | None, limit: int) -> Listing:
    """One page of the names the job asks for, in their order. `NotFound`: there is no such container."""
    if job.files:
        return await _named(blobs, job, marker, limit)
    listing = await blobs.page(job.source_container, job.prefix, marker, limit)
    names = sorted((blob for blob in listing.blobs if chosen(job, blob.name)), key=lambda blob: blob.name)
    return Listing(names, listing.marker)


async def _named(blobs: Blobs, job: JobRow, marker: str | None, limit: int) -> Listing:
    """The files named, from the one behind ``marker`` (a number) on. One that is not there stays on the list:
    its task will fail and say so.
    """
    begin = int(marker or 0)
    bound = asyncio.Semaphore(_LOOKS_IN_FLIGHT)

    async def look(name: str) -> BlobName:
        async with bound:
            found = await blobs.version(job.source_container, name)
        return BlobName(name, 0, "") if found is None else BlobName(name, found.size, found.etag)

    names = sorted(job.files)[begin : begin + limit]
    end = begin + len(names)
    found = await asyncio.gather(*(look(name) for name in names))
    return Listing(list(found), str(end) if end < len(job.files) else None)
