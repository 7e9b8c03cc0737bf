"""Files that pass through: in pieces, both ways, whatever their size."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from azure.storage.blob import ContentSettings

from libs.common.errors import AlreadyExists, Conflict
from libs.common.storage.blobs import blob_client, refuse_directory, written_over
from libs.common.storage.clients import Storage
from libs.common.storage.faults import storage_call

#: Longest time one upload may take (seconds).
_UPLOAD_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Download:
    """One version of a file on its way out, byte for byte as it is stored. ``pieces`` ends the process's
    interest in it when closed, and raises `Conflict` when another version takes its place meanwhile.
    """

    size: int
    content_type: str
    content_encoding: str | None
    etag: str
    pieces: AsyncIterator[bytes]


class Streams:
    """The files of every container, in pieces."""

    def __init__(self, storage: Storage) -> None:
        self._service = storage.streams

    async def open(self, container: str, name: str) -> Download:
        """Begin to read one version of a file. `NotFound`: there is none."""
        async with storage_call("open blob"):
            stream = await blob_client(self._service, container, name).download_blob(decompress=False)
        properties = stream.properties
        refuse_directory(name, properties)
        return Download(
            size=int(properties.size or 0),
            content_type=str(properties.content_settings.content_type or "application/octet-stream"),
            content_encoding=properties.content_settings.content_encoding or None,
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

    async def copy(
        self, source: Download, container: str, name: str, *, over: str | None, metadata: Mapping[str, str]
    ) -> None:
        """Write the file that ``source`` is, with its content type, over the version ``over``, or where there
        is none (None). It appears whole or not at all; what ``source.pieces`` raises goes through.

        `Conflict`: another version is there. `NotFound`: there is no such container.
        """
        kind = ContentSettings(content_type=source.content_type, content_encoding=source.content_encoding)
        blob = blob_client(self._service, container, name)
        try:
            async with storage_call("copy blob", _UPLOAD_SECONDS):
                await blob.upload_blob(
                    source.pieces, content_settings=kind, metadata=dict(metadata), **written_over(over)
                )
        except AlreadyExists as error:
            raise Conflict(str(error)) from error


async def _pieces(stream: Any) -> AsyncIterator[bytes]:
    chunks = stream.chunks()
    while True:
        async with storage_call("read blob"):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield chunk
