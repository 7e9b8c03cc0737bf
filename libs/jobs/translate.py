"""Translate one file task: source blob → bytes → target blob. Knows nothing of queues and counters."""

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial

from libs.common.errors import Conflict
from libs.common.ledger.purses import Purse, Purses
from libs.common.ledger.records import FileEnd, FileStatus, JobRow
from libs.common.storage.blobs import Blob, Blobs, BlobTooLarge
from libs.jobs.bounds import Outgrown, Room
from libs.jobs.marks import mark_of
from libs.jobs.messages import FileTask
from libs.jobs.sight import Sight
from libs.jobs.targets import Held, Place, look, place_of, publish
from libs.telemetry.stages import stage
from libs.translation.engines.engine import Engine, languages_between
from libs.translation.errors import PermanentFault
from libs.translation.terms import NO_TERMS, Terms
from libs.translation.translator import Order, Translation, Translator

#: Dictionaries of jobs that are kept as they are used.
_KEPT_TERMS = 32
#: A file that was stored packed shows how large it is only while it is unpacked. When it does not fit into
#: its room, so many times the room are asked for.
_GROWTH = 4


@dataclass(frozen=True, slots=True)
class Workshop:
    """What translating a file takes. ``max_bytes`` is the largest source accepted."""

    blobs: Blobs
    engine: Engine
    translator: Translator
    purses: Purses
    max_bytes: int


async def translate_file(
    shop: Workshop,
    job: JobRow,
    task: FileTask,
    seen: Sight,
    *,
    delivered_before: bool,
    held: Held,
    room: Room,
) -> FileEnd:
    """Translate the file, which was ``seen`` to have a format, and publish the result while ``held()`` says
    that the lease is ours.

    Gives the end `succeeded`. Raises `Outgrown` when the file does not fit into ``room``, and what
    `libs.jobs.endings` knows how to judge: `PermanentFault`, `NotFound` (the source is gone), `LeaseLost`,
    `BudgetExhausted`, an engine's or a storage error.
    """
    began = time.monotonic()
    _check_size(task.size, shop.max_bytes)
    mark = mark_of(job, task.language, task.name, "", shop.engine.version) | _between(shop, job, task)
    place = place_of(job, task, mark)
    before = await look(shop.blobs, place, delivered_before=delivered_before)
    with stage("download"):
        source = await _source(shop, job, task, room)
    if seen.etag not in {None, source.etag}:
        raise Conflict("the source was written over while it was looked at")
    done = await _translated(shop, job, task, seen, source, memory=room.memory)
    place.mark["source_etag"] = source.etag.strip('"')
    with stage("upload"):
        await publish(shop.blobs, place, before, held, partial(_write, shop.blobs, place, done))
    return FileEnd(
        language=task.language,
        name=task.name,
        tag=task.tag,
        status=FileStatus.SUCCEEDED,
        attempts=task.attempts + 1,
        characters=done.characters,
        repairs=done.repairs,
        detected_language=done.detected,
        milliseconds=round((time.monotonic() - began) * 1000),
    )


async def _translated(
    shop: Workshop, job: JobRow, task: FileTask, seen: Sight, source: Blob, *, memory: int
) -> Translation:
    with _purse(shop.purses, job) as purse:
        order = Order(
            job.source_language,
            task.language,
            job.options,
            _terms_of(job),
            purse,
            form=seen.content.form,
            memory=memory,
        )
        return await shop.translator.translate(task.name, source.data, order)


async def _write(blobs: Blobs, place: Place, done: Translation, over: str | None) -> None:
    await blobs.write(
        place.container,
        place.name,
        done.data,
        over=over,
        content_type=done.content_type,
        metadata=place.mark,
    )


def _purse(purses: Purses, job: JobRow) -> AbstractContextManager[Purse | None]:
    return nullcontext() if job.max_characters is None else purses.open(job.job_id, job.max_characters)


def _terms_of(job: JobRow) -> Terms:
    if not job.dictionary and not job.do_not_translate:
        return NO_TERMS
    return _compiled(tuple(job.dictionary.items()), job.do_not_translate)


@lru_cache(_KEPT_TERMS)
def _compiled(dictionary: tuple[tuple[str, str], ...], do_not_translate: tuple[str, ...]) -> Terms:
    return Terms(dict(dictionary), do_not_translate)


def _between(shop: Workshop, job: JobRow, task: FileTask) -> dict[str, str]:
    """Told in the mark and not compared: the engine's version, which is, changes with its ways."""
    between = languages_between(shop.engine, job.source_language)
    return {"via": between[task.language]} if task.language in between else {}


async def _source(shop: Workshop, job: JobRow, task: FileTask, room: Room) -> Blob:
    limit = min(shop.max_bytes, room.file_bytes)
    try:
        return await shop.blobs.read(job.source_container, task.name, limit)
    except BlobTooLarge as error:
        _check_size(error.size, shop.max_bytes)
        size = min(shop.max_bytes, _GROWTH * limit) if error.is_least else error.size
        raise Outgrown(size) from None


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise PermanentFault("file_too_large", f"the file has {size} bytes; at most {limit} are accepted")
