"""Translate one file task: source blob → bytes → target blob. Knows nothing of queues and counters."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache

from libs.common.errors import Conflict, LeaseLost, NotFound
from libs.common.ledger.purses import Purse, Purses
from libs.common.ledger.records import FileEnd, FileStatus, IfExists, JobRow
from libs.common.storage.blobs import Blob, Blobs, BlobTooLarge, BlobVersion
from libs.jobs.marks import is_own, mark_of
from libs.jobs.messages import FileTask
from libs.jobs.selection import target_name
from libs.translation.engines.engine import Engine, languages_between
from libs.translation.errors import PermanentFault
from libs.translation.terms import NO_TERMS, Terms
from libs.translation.translator import Order, Translation, Translator

#: Times a write that met another version is begun anew before the file goes back to the queue.
_WRITES = 3
#: Dictionaries of jobs that are kept as they are used.
_KEPT_TERMS = 32


@dataclass(frozen=True, slots=True)
class Workshop:
    """What translating a file takes. ``max_bytes`` is the largest source accepted."""

    blobs: Blobs
    engine: Engine
    translator: Translator
    purses: Purses
    max_bytes: int


async def translate_file(
    shop: Workshop, job: JobRow, task: FileTask, *, delivered_before: bool, held: Callable[[], bool]
) -> FileEnd:
    """Translate the file and publish the result while ``held()`` says that the lease is ours.

    Gives the end `succeeded`. Raises what `libs.jobs.endings` knows how to judge: `PermanentFault`,
    `NotFound` (the source is gone), `LeaseLost`, `BudgetExhausted`, an engine's or a storage error.
    """
    began = time.monotonic()
    _check_size(task.size, shop.max_bytes)
    place = _place(shop, job, task)
    # A first delivery expects an empty place; only a repeated one can meet its own earlier output. Where a
    # target that is there means failure, it is looked for before the engine is paid.
    look = delivered_before or not place.may_overwrite
    seen = await shop.blobs.version(place.container, place.name) if look else None
    _check_place(place, seen)
    source = await _source(shop, job, task)
    order = Order(job.source_language, task.language, job.options, _terms_of(job))
    with _purse(shop.purses, job) as purse:
        done = await shop.translator.translate(task.name, source.data, replace(order, purse=purse))
    place.mark["source_etag"] = source.etag.strip('"')
    await _publish(shop.blobs, place, done, seen, held)
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


def _purse(purses: Purses, job: JobRow) -> AbstractContextManager[Purse | None]:
    return nullcontext() if job.max_characters is None else purses.open(job.job_id, job.max_characters)


def _terms_of(job: JobRow) -> Terms:
    if not job.dictionary and not job.do_not_translate:
        return NO_TERMS
    return _compiled(tuple(job.dictionary.items()), job.do_not_translate)


@lru_cache(_KEPT_TERMS)
def _compiled(dictionary: tuple[tuple[str, str], ...], do_not_translate: tuple[str, ...]) -> Terms:
    return Terms(dict(dictionary), do_not_translate)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a translation goes, and the mark it bears there."""

    container: str
    name: str
    mark: dict[str, str]
    may_overwrite: bool


def _place(shop: Workshop, job: JobRow, task: FileTask) -> _Place:
    return _Place(
        container=job.target_container,
        name=target_name(job, task.language, task.name),
        mark=mark_of(job, task.language, task.name, "", shop.engine.version) | _between(shop, job, task),
        may_overwrite=job.if_exists is not IfExists.FAIL,
    )


def _between(shop: Workshop, job: JobRow, task: FileTask) -> dict[str, str]:
    """Told in the mark and not compared: the engine's version, which is, changes with its ways."""
    between = languages_between(shop.engine, job.source_language)
    return {"via": between[task.language]} if task.language in between else {}


async def _source(shop: Workshop, job: JobRow, task: FileTask) -> Blob:
    try:
        return await shop.blobs.read(job.source_container, task.name, shop.max_bytes)
    except BlobTooLarge as error:
        _check_size(error.size, error.limit)
        raise


async def _publish(
    blobs: Blobs, place: _Place, done: Translation, seen: BlobVersion | None, held: Callable[[], bool]
) -> None:
    """Write the target under the version seen. A version that meets us there is looked at: our own output
    (an attempt whose reply was lost, a second delivery) stays, anything else is written over.
    """
    for _ in range(_WRITES):
        if not held():
            raise LeaseLost("the lease ended before the target was written")
        try:
            await blobs.write(
                place.container,
                place.name,
                done.data,
                over=None if seen is None else seen.etag,
                content_type=done.content_type,
                metadata=place.mark,
            )
        except Conflict:
            seen = await blobs.version(place.container, place.name)
            if seen is not None and seen.metadata == place.mark:
                return
            _check_place(place, seen)
        except NotFound as error:
            raise PermanentFault(
                "target_container_not_found", f"the target container {place.container!r} is no longer there"
            ) from error
        else:
            return
    raise Conflict(f"the target {place.name!r} changes under every write")


def _check_place(place: _Place, seen: BlobVersion | None) -> None:
    """A stranger's file may be in our place only where the job says that it may be written over."""
    if seen is not None and not place.may_overwrite and not is_own(seen.metadata, place.mark):
        raise PermanentFault("target_exists", f"the target {place.name!r} exists, and the job says fail")


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise PermanentFault("file_too_large", f"the file has {size} bytes; at most {limit} are accepted")
