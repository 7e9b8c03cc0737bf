"""Copy one file untranslated: a job with `unsupported: copy` has its whole tree in the target.

A copy is no translation: the file ends as skipped. It goes through in pieces, whatever its size, and under
the rules of every target: only while the lease is held, and only over the version that was looked at.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from libs.common.errors import LeaseLost, NotFound, TooSlow
from libs.common.ledger.records import FileEnd, FileStatus, JobRow
from libs.common.storage.blobs import Blobs
from libs.common.storage.streams import Download, Streams
from libs.jobs.bounds import Outgrown, Room
from libs.jobs.marks import mark_of_copy
from libs.jobs.messages import FileTask
from libs.jobs.sight import Sight
from libs.jobs.targets import Held, Place, look, place_of, publish
from libs.translation.errors import PermanentFault

#: Longest time a file may take (seconds), below what `Streams` allows. In it 4 GiB pass at 5 MB/s.
_SECONDS = 840.0
LARGEST_COPY = 4 * 1024**3
#: Memory of a copy under way: a piece that was read, one that is sent, and what the SDK keeps of each.
COPY_MEMORY = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copier:
    """What copying takes."""

    blobs: Blobs
    streams: Streams


async def copy_file(
    copier: Copier,
    job: JobRow,
    task: FileTask,
    seen: Sight,
    *,
    delivered_before: bool,
    held: Held,
    room: Room,
) -> FileEnd:
    """Copy the file while ``held()`` says that the lease is ours, and give the end `skipped`.

    Raises `Outgrown` when the file does not fit into ``room``, and what `libs.jobs.endings` knows how to
    judge.
    """
    began = time.monotonic()
    _check_size(task.size)
    place = place_of(job, task, mark_of_copy(job, task.language, task.name, ""))
    before = await look(copier.blobs, place, delivered_before=delivered_before)

    async def write(over: str | None) -> None:
        source = await _source(copier.streams, job, task)
        _check_size(source.size)
        if min(source.size, COPY_MEMORY) > room.file_bytes:
            raise Outgrown(source.size)
        place.mark["source_etag"] = source.etag
        if before is None or (before.etag, before.metadata) != (over, place.mark):
            await _pass_on(copier.streams, source, place, over, held)
        # Else it is the copy of an earlier delivery.

    try:
        async with asyncio.timeout(_SECONDS):
            await publish(copier.blobs, place, before, held, write)
    except TimeoutError as error:
        raise TooSlow(f"copying {task.size} bytes took more than {_SECONDS:g} s") from error
    return FileEnd(
        language=task.language,
        name=task.name,
        tag=task.tag,
        status=FileStatus.SKIPPED,
        attempts=task.attempts + 1,
        error_code="copied",
        error=f"copied untranslated: {seen.reason}",
        milliseconds=round((time.monotonic() - began) * 1000),
    )


def _check_size(size: int) -> None:
    if size > LARGEST_COPY:
        raise PermanentFault("file_too_large", f"{size} bytes; at most {LARGEST_COPY} are copied")


async def _source(streams: Streams, job: JobRow, task: FileTask) -> Download:
    try:
        return await streams.open(job.source_container, task.name)
    except NotFound as error:
        raise PermanentFault("source_not_found", "the source file is no longer there") from error


async def _pass_on(streams: Streams, source: Download, place: Place, over: str | None, held: Held) -> None:
    async with aclosing(_while(held, source.pieces)) as pieces:
        piped = replace(source, pieces=pieces)
        await streams.copy(piped, place.container, place.name, over=over, metadata=place.mark)


async def _while(held: Held, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The pieces, as long as the lease is ours at each of them and at their end."""
    async for piece in pieces:
        if not await held():
            break
        yield piece
    if not await held():
        raise LeaseLost("the lease ended before the target was written")
