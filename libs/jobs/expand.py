"""Expand one slice: a part of the source listing becomes file rows and one message a file.

In name order, rows and the counts of exactly these rows are written in one transaction with the dispatch
row; then the messages are sent; then the marker moves on (or seals), which counts nothing. Whatever goes
wrong in between, the dispatch row is read again and the slice goes on behind the last name it covers; the
files before that are read, and sent again while they are pending. A second dispatcher on the same slice is
noticed by the dispatch row's ETag, and this one ends its turn.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from libs.common.clock import utc_now
from libs.common.errors import Conflict, StorageUnavailable
from libs.common.ledger.files import FILES_A_TRANSACTION, Files
from libs.common.ledger.records import DispatchRow, FileRow, FileStatus, JobRow
from libs.common.storage.blobs import BlobName, Blobs
from libs.jobs.messages import FileTask
from libs.jobs.observing import count_file
from libs.jobs.slices import Bounds, Slice, choose_slice
from libs.telemetry.tracing import traceparent

#: Messages of a slice for which there is hardly room: fewer would cost more calls than they spare.
_FEWEST_MESSAGES = 32
#: Times a slice is taken up again after an unclear answer before the turn ends and the next one goes on.
_PASSES = 5
#: Files of one turn that are recorded, where their job's trace is: a job may have a million.
_TRACED_A_TURN = 20

_log = structlog.get_logger(__name__)


class Outbox(Protocol):
    """Where file tasks go: the queue of the workers, or the hands of one who does it all himself."""

    async def send(self, body: str, *, again: str | None = None) -> None:
        """``again`` is what a repeat sends."""


@dataclass(frozen=True, slots=True)
class Expander:
    """What expanding takes. ``slice_tasks`` bounds the file tasks of one turn."""

    files: Files
    blobs: Blobs
    queue: Outbox
    slice_tasks: int


@dataclass(slots=True)
class _Work:
    """One slice under way. ``sent`` remembers what this turn sent, so that a repeat does not double it;
    ``met`` says that a Conflict came up: rows of this slice may be there already.
    """

    slice: Slice
    sent: set[tuple[str, str]] = field(default_factory=set)
    met: bool = False

    @property
    def job(self) -> JobRow:
        return self.slice.job


async def expand_slice(
    expander: Expander, job: JobRow, dispatch: DispatchRow, room: int | None = None
) -> DispatchRow:
    """Take the slice that ``dispatch`` stands at, and give the dispatch row as it is afterwards.

    ``room`` bounds the messages sent further, down to a few that are sent in any case.
    `NotFound`: the source container is gone. `StorageUnavailable`: the next turn goes on.
    """
    tasks = expander.slice_tasks
    messages = tasks if room is None else min(tasks, max(room, _FEWEST_MESSAGES))
    work = _Work(await choose_slice(expander.blobs, job, dispatch, Bounds(tasks, messages)))
    number = dispatch.slice
    for _ in range(_PASSES):
        try:
            return await _pass(expander, work, dispatch)
        except (Conflict, StorageUnavailable) as error:
            _log.info("slice is read back", slice=number, error=str(error))
            work.met |= isinstance(error, Conflict)
        found = await expander.files.dispatch(job.job_id)
        if found is None:
            raise StorageUnavailable(f"job {job.job_id} was purged meanwhile")
        dispatch = found
        if dispatch.slice != number or dispatch.sealed:
            return dispatch
    raise StorageUnavailable(f"slice {number} met an unclear answer {_PASSES} times")


async def _pass(expander: Expander, work: _Work, dispatch: DispatchRow) -> DispatchRow:
    await _send_again(expander, work, dispatch.after)
    job_id, languages = work.job.job_id, work.job.target_languages
    todo = [blob for blob in work.slice.blobs if dispatch.after is None or blob.name > dispatch.after]
    step = max(1, FILES_A_TRANSACTION // len(languages))
    for begin in range(0, len(todo), step):
        group = todo[begin : begin + step]
        rows = [_row(work, blob, language) for blob in group for language in languages]
        if work.met:
            rows = await _missing(expander, work, rows)
        dispatch, made = await expander.files.extend(job_id, dispatch, rows, group[-1].name)
        for row in made:
            if row.status is FileStatus.SKIPPED:
                count_file(row.name, row.status)
        await _send(expander, work, made)
    marker = work.slice.marker
    return await expander.files.advance(
        job_id, dispatch, marker, sealed=marker is None, target_markers=work.slice.target_markers
    )


async def _send_again(expander: Expander, work: _Work, after: str | None) -> None:
    """Files of this slice whose rows were made before: send the pending ones, under their tag of now."""
    if after is None:
        return
    made = [(language, blob.name) for blob in work.slice.blobs for language in work.job.target_languages]
    lost = [task for task in made if task[1] <= after and task not in work.sent]
    await _send(expander, work, await expander.files.some(work.job.job_id, lost), again=True)


async def _missing(expander: Expander, work: _Work, rows: Sequence[FileRow]) -> list[FileRow]:
    """The rows that are not there yet. Others are if the listing changed while its last slice was repeated:
    the page then ended earlier than the one whose rows were made. They are counted; their message may lack.
    """
    tasks = [(row.language, row.name) for row in rows]
    there = {(row.language, row.name): row for row in await expander.files.some(work.job.job_id, tasks)}
    await _send(expander, work, [row for task, row in there.items() if task not in work.sent], again=True)
    return [row for task, row in zip(tasks, rows, strict=True) if task not in there]


async def _send(expander: Expander, work: _Work, rows: Sequence[FileRow], *, again: bool = False) -> None:
    pending = [row for row in rows if row.status is FileStatus.PENDING]
    work.sent.update((row.language, row.name) for row in rows if row.status is not FileStatus.PENDING)
    await send_tasks(expander.queue, work.job.job_id, pending, again=again, sent=work.sent)


async def send_tasks(
    queue: Outbox,
    job_id: str,
    rows: Sequence[FileRow],
    *,
    again: bool = False,
    attempts: int = 0,
    sent: set[tuple[str, str]] | None = None,
) -> None:
    """Send one message for each file row; the queue bounds how many are on their way at once. ``again``:
    they may have been sent before, with so many ``attempts`` spent. ``sent`` gets what was surely sent. A
    message whose reply is lost is repeated as such a one, so its receiver looks whether the file has ended.

    After an error others may have been sent as well: a repeat doubles deliveries, never counts.
    """
    traced = max(0, _TRACED_A_TURN - (0 if sent is None else len(sent)))
    messages = [
        FileTask(
            job_id=job_id,
            traceparent=traceparent(sampled=number < traced),
            language=row.language,
            name=row.name,
            tag=row.tag,
            size=row.size,
            again=again,
            attempts=attempts,
        )
        for number, row in enumerate(rows)
    ]
    results = await asyncio.gather(
        *(queue.send(message.encode(), again=message.sent_again().encode()) for message in messages),
        return_exceptions=True,
    )
    if sent is not None:
        sent.update((r.language, r.name) for r, result in zip(rows, results, strict=True) if result is None)
    faults = [result for result in results if isinstance(result, BaseException)]
    if faults:
        raise faults[0]


def _row(work: _Work, blob: BlobName, language: str) -> FileRow:
    code, reason = work.slice.skipped.get((language, blob.name), (None, None))
    return FileRow(
        language=language,
        name=blob.name,
        size=blob.size,
        source_etag=blob.etag,
        updated_at=utc_now(),
        status=FileStatus.PENDING if code is None else FileStatus.SKIPPED,
        error_code=code,
        error=reason,
    )
