"""Files that pass through: in pieces, both ways, whatever their size."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from azure.storage.blob import ContentSettings

from libs.common.storage.clients import Storage
from libs.common.storage.faults import storage_call

#: Longest time one upload may take (seconds).
_UPLOAD_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out. ``pieces`` ends the process's interest in it when closed."""

    size: int
    content_type: str
    etag: str
    pieces: AsyncIterator[bytes]


class Streams:
    """The files of every container, in pieces."""

    def __init__(self, storage: Storage) -> None:
        self._service = storage.streams

    async def open(self, container: str, name: str) -> Download:
        """Begin to read one version of a file. `NotFound`: there is none."""
        async with storage_call("open blob"):
            stream = await self._service.get_blob_client(container, name).download_blob()
        properties = stream.properties
        return Download(
            size=int(properties.size or 0),
            content_type=str(properties.content_settings.content_type or "application/octet-stream"),
            etag=str(properties.etag).strip('"'),
            pieces=_pieces(stream),
        )

    async def store(self, container: str, name: str, pieces: AsyncIterator[bytes], content_type: str) -> str:
        """Write a file over whatever is there; it appears whole or not at all. Gives its ETag.

        What ``pieces`` raises goes through, and nothing is written. `NotFound`: there is no such container.
        """
        async with storage_call("store blob", _UPLOAD_SECONDS):
            written: Any = await self._service.get_blob_client(container, name).upload_blob(
                pieces, overwrite=True, content_settings=ContentSettings(content_type=content_type)
            )
        return str(written["etag"]).strip('"')


async def _pieces(stream: Any) -> AsyncIterator[bytes]:
    chunks = stream.chunks()
    while True:
        async with storage_call("read blob"):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield chunk
