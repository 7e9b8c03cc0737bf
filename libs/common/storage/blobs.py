"""Blobs and their listing: whole documents in and out, one page of names at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from libs.common.errors import (
    AlreadyExists,
    AppError,
    Conflict,
    NotFound,
    StorageRejected,
    StorageUnavailable,
    TooSlow,
)
from libs.common.storage.clients import Storage
from libs.common.storage.faults import storage_call
from libs.common.storage.packed import unpacked

#: Names that one request lists at most. "List Blobs" gives up to 5,000, but the SDK reads an answer in one go
#: (0.2 ms a name), and the event loop stands still meanwhile.
ENTRIES_A_REQUEST = 150
#: Longest time for one document in or out; 40 MB at 1 MB/s and a retry.
_TRANSFER_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class BlobName:
    """One name of a listing, and what the listing tells: ``size`` in bytes, metadata where asked for."""

    name: str
    size: int
    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a container's names in their order; ``marker`` goes on behind it, None at the end.
    A page may be empty and yet have a marker.
    """

    blobs: list[BlobName]
    marker: str | None


@dataclass(frozen=True, slots=True)
class Blob:
    """A downloaded document and the version it was."""

    data: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class BlobVersion:
    """What stands at a name: its size, version and the metadata its writer gave it.

    ``obstacle`` says why it cannot be written over, where its properties tell: ``directory`` or ``lease``.
    """

    size: int
    etag: str
    metadata: Mapping[str, str]
    obstacle: str | None = None


class Blobs:
    """The containers of the account."""

    def __init__(self, storage: Storage) -> None:
        self._service = storage.blobs

    async def create_container(self, container: str) -> bool:
        """Create a container where it is missing; True if it was made now."""
        try:
            async with storage_call("create container"):
                await self._service.create_container(container)
        except AlreadyExists:
            return False
        return True

    async def containers(self, limit: int, marker: str | None) -> tuple[list[str], str | None]:
        """One page of the account's containers in the order of their names, and the marker behind it."""
        async with storage_call("list containers"):
            pages: Any = self._service.list_containers(results_per_page=limit).by_page(marker)
            page = await anext(pages, None)
            names = [] if page is None else [str(container.name) async for container in page]
        return names, pages.continuation_token or None

    async def reachable(self) -> None:
        """Raise if the blob service does not answer us. The cheapest call there is: one empty listing."""
        async with storage_call("list containers"):
            pages = self._service.list_containers(results_per_page=1).by_page()
            await anext(pages, None)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Around one document in or out. All its time may be over because storage is away, which passes, or
        because the document is too large for the way between: then storage answers a small question.
        """
        try:
            yield
        except StorageUnavailable as error:
            if isinstance(error.__cause__, TimeoutError):
                await self.reachable()
                raise TooSlow(f"{error}, though storage answers") from error
            raise

    def _blob(self, container: str, name: str) -> BlobClient:
        return blob_client(self._service, container, name)

    async def page(
        self, container: str, prefix: str, marker: str | None, limit: int, *, metadata: bool = False
    ) -> Listing:
        """One page of at most ``limit`` files whose names begin with ``prefix``.

        It takes as many requests as that needs. It is shorter where the names end, and where the service
        gives fewer than it was asked for.

        Raises:
            NotFound: there is no such container.
        """
        found: list[BlobName] = []
        while True:
            asked = min(limit - len(found), ENTRIES_A_REQUEST)
            listing = await self._files(container, prefix, marker, asked, metadata=metadata)
            found += listing.blobs
            marker = listing.marker
            if marker is None or len(found) >= limit or len(listing.blobs) < asked:
                return Listing(found, marker)

    async def _files(
        self, container: str, prefix: str, marker: str | None, limit: int, *, metadata: bool
    ) -> Listing:
        """What one request lists, less directories.

        In an account with a hierarchical namespace, listings hold its directories as well. They are empty and
        only their metadata tells them from files, so a page that holds something empty is read with it.
        """
        listing = await self._listed(container, prefix, marker, limit, metadata=metadata)
        if not metadata and any(blob.size == 0 for blob in listing.blobs):
            listing = await self._listed(container, prefix, marker, limit, metadata=True)
        files = [blob for blob in listing.blobs if not is_directory(blob.size, blob.metadata)]
        return Listing(files, listing.marker)

    async def _listed(
        self, container: str, prefix: str, marker: str | None, limit: int, *, metadata: bool
    ) -> Listing:
        async with storage_call("list blobs"):
            pages: Any = (
                self._service.get_container_client(container)
                .list_blobs(
                    name_starts_with=prefix or None,
                    include=["metadata"] if metadata else None,
                    results_per_page=limit,
                )
                .by_page(marker)
            )
            page = await anext(pages, None)
            found = [] if page is None else [blob async for blob in page]
        names = [
            BlobName(str(blob.name), int(blob.size or 0), str(blob.etag), dict(blob.metadata or {}))
            for blob in found
        ]
        return Listing(names, pages.continuation_token or None)

    async def read(self, container: str, name: str, limit: int) -> Blob:
        """A whole blob of at most ``limit`` bytes, in one version, unpacked where it was stored packed.

        `NotFound`: it is gone. `TooSlow`: it does not come through in time. `BlobTooLarge`: it is larger, as
        it is stored or unpacked; at most ``limit`` + 1 bytes were transferred. `StorageRejected`: it was
        stored packed and is damaged.
        """
        async with self._in_time(), storage_call("read blob", _TRANSFER_SECONDS):
            stream = await _bounded(self._blob(container, name), limit + 1)
            refuse_directory(name, stream.properties)
            # ``properties.size`` is of the range asked for; the whole stands behind the slash.
            size = int(str(stream.properties.content_range).rpartition("/")[2])
            if size > limit:
                raise BlobTooLarge(size, limit)
            stored = await stream.readall()
        data = await _unpacked(stored, stream, limit + 1, whole=True)
        if len(data) > limit:
            raise BlobTooLarge(len(data), limit, is_least=True)
        return Blob(data, str(stream.properties.etag))

    async def head(self, container: str, name: str, length: int) -> Blob:
        """The first ``length`` bytes of a blob, or all of a shorter one. `NotFound`: it is gone.

        Of one that was stored packed, what the first ``length`` bytes of it hold, and no more than that.
        """
        async with storage_call("read blob"):
            stream = await _bounded(self._blob(container, name), length)
            refuse_directory(name, stream.properties)
            stored = await stream.readall()
        return Blob(await _unpacked(stored, stream, length, whole=False), str(stream.properties.etag))

    async def version(self, container: str, name: str) -> BlobVersion | None:
        """What stands at a name now; None where there is nothing."""
        try:
            async with storage_call("blob properties"):
                properties = await self._blob(container, name).get_blob_properties()
        except NotFound:
            return None
        metadata = dict(properties.metadata or {})
        size = int(properties.size or 0)
        obstacle = "lease" if properties.lease.status == "locked" else None
        obstacle = "directory" if is_directory(size, metadata) else obstacle
        return BlobVersion(size, str(properties.etag), metadata, obstacle)

    async def write(
        self,
        container: str,
        name: str,
        data: bytes,
        *,
        over: str | None,
        content_type: str,
        metadata: Mapping[str, str],
    ) -> None:
        """Write a blob over the version ``over``, or where there is none (None).

        `Conflict`: another version is there, possibly our own, written by an attempt whose reply was lost.
        `TooSlow`: it does not go through in time.
        """
        try:
            async with self._in_time(), storage_call("write blob", _TRANSFER_SECONDS):
                await self._blob(container, name).upload_blob(
                    data,
                    content_settings=ContentSettings(content_type=content_type),
                    metadata=dict(metadata),
                    **written_over(over),
                )
        except AlreadyExists as error:
            raise Conflict(str(error)) from error


def blob_client(service: BlobServiceClient, container: str, name: str) -> BlobClient:
    """Raises `StorageRejected` for a name that would lead elsewhere."""
    # Dot segments are resolved on the way: such a name would reach another blob, even another container.
    if any(part in {".", ".."} for part in name.replace("\\", "/").split("/")):
        raise StorageRejected(f"the name {name[:200]!r} cannot be addressed: it has a segment of dots")
    return service.get_blob_client(container, name)


def is_directory(size: int, metadata: Mapping[str, str]) -> bool:
    """Whether what stands at a name is a directory of a hierarchical namespace: nothing but a mark."""
    return size == 0 and any(
        key.lower() == "hdi_isfolder" and value.lower() == "true" for key, value in metadata.items()
    )


def refuse_directory(name: str, properties: Any) -> None:
    """Raises `NotFound` where what was opened is a directory: there is no such file."""
    if is_directory(int(properties.size or 0), properties.metadata or {}):
        raise NotFound(f"{name[:200]!r} is a directory")


def written_over(version: str | None) -> Mapping[str, Any]:
    """What the SDK is told to write over that version alone, or only where there is none."""
    if version is None:
        return {"overwrite": False}
    return {"overwrite": True, "etag": version, "match_condition": MatchConditions.IfNotModified}


async def _bounded(blob: BlobClient, length: int) -> Any:
    try:
        # Left to unpack, the SDK would look at no bound.
        return await blob.download_blob(0, length, decompress=False)
    except HttpResponseError as error:
        # No range of an empty blob can be satisfied.
        if error.status_code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return await blob.download_blob()


async def _unpacked(stored: bytes, stream: Any, most: int, *, whole: bool) -> bytes:
    encoding = stream.properties.content_settings.content_encoding
    return stored if not encoding else await asyncio.to_thread(unpacked, stored, encoding, most, whole=whole)


class BlobTooLarge(AppError):
    """A blob is larger than the caller accepts. ``size`` in bytes; where ``is_least``, it was stored packed,
    and unpacked it has at least so many.
    """

    def __init__(self, size: int, limit: int, *, is_least: bool = False) -> None:
        super().__init__(f"{size} bytes, at most {limit} are accepted")
        self.size, self.limit, self.is_least = size, limit, is_least
