"""Group commit: the ends of many file tasks share one transaction with the counter row of this process.

One transaction holds, for each file that ended, its row under the fencing tag (If-Match), and our own
counter row under its last ETag. So a file is counted exactly when it ends, and at most once. An error never
means "not done": after one, our own counter row is read first. If it names this batch, all is committed.
If not, the rows are read, and those that have moved on leave the batch; the rest is sent again, which the
counter row's If-Match makes safe even if the first attempt lands late: only one of the two can hold.

A counter row has one writer, this process, and a batch keeps its number for ever: a number is never used
for two batches, so "my counter row names it" is proof. The row also holds the process's note of the engine
(blocked, throttled). A note goes with the next batch, or in a batch of its own, of the counter row alone.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any

import structlog

from libs.common.clock import utc_now
from libs.common.errors import AppError, Conflict, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.notes import NO_NOTE, said
from libs.common.ledger.records import Counts, FileEnd, FileStatus, Note, merged
from libs.common.ledger.rows import (
    counter_of,
    entity_of_counter,
    entity_of_end,
    entity_of_failure,
    note_of,
    version_of,
)
from libs.common.ledger.tables import TRANSACTION_OPERATIONS, Operation, Table
from libs.telemetry.catalogue import COMMIT_CONFLICTS, COMMIT_SIZE

#: How long a batch waits for company before it is sent (seconds). The slots are free by then, so waiting
#: costs no throughput; a transaction costs about 2.5 ms of CPU beside 0.3 ms a file.
WINDOW_SECONDS = 0.15
#: Operations of one transaction, beside that on the counter row.
_ROOM = TRANSACTION_OPERATIONS - 1
_READS_IN_FLIGHT = 16
#: Bounds of the pauses, under full jitter, between tries while storage is away (seconds).
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
#: Books of jobs kept, in the order of their use; one that is dropped costs a refused transaction and a read.
_MOST_BOOKS = 256
#: Times a note by itself is sent before it is given up: nothing is lost with it.
_NOTE_TRIES = 3

_log = structlog.get_logger(__name__)


class CommitResult(Enum):
    COUNTED = auto()  #: the file ended now, by us
    STALE = auto()  #: its row is not the version our message spoke of: it ended, or was sent again


@dataclass(eq=False, slots=True)
class _Entry:
    end: FileEnd
    done: asyncio.Future[CommitResult]

    @property
    def operations(self) -> int:
        return 2 if self.end.status is FileStatus.FAILED else 1

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def settle(self, result: CommitResult) -> None:
        if not self.done.done():
            self.done.set_result(result)


@dataclass(slots=True)
class _Book:
    """What this process has to commit, and has committed, for one job."""

    waiting: list[_Entry] = field(default_factory=list)
    counts: Mapping[str, Counts] = field(default_factory=dict)
    etag: str | None = None  #: of our counter row; None while it is not there
    note: Note = NO_NOTE
    noted: Note = NO_NOTE  #: as the row has it
    number: int = 0  #: of the batch that the row names
    ended_at: str = ""
    succeeded_at: str = ""
    writer: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        return not self.waiting and (self.writer is None or self.writer.done())

    def read(self, own: Mapping[str, Any] | None) -> None:
        """Take over what our counter row says; None: it is not there."""
        if own is None:
            self.counts, self.etag, self.noted, self.number = {}, None, NO_NOTE, 0
            return
        self.counts, self.etag, self.noted, self.number = (
            counter_of(own), version_of(own), note_of(own), own["batch"],
        )  # fmt: skip
        self.ended_at, self.succeeded_at = own["updated_at"], own.get("succeeded_at", "")


class Commits:
    """Commits of one process. Make one with `open_commits`.

    ``writer`` names the process (pod name and something random) and is never used again by another.
    """

    def __init__(self, table: Table, writer: str, group: asyncio.TaskGroup) -> None:
        self._table = table
        self._writer = writer
        self._group = group
        self._books: dict[str, _Book] = {}
        self._numbers = itertools.count(1)

    async def record(self, job_id: str, end: FileEnd) -> CommitResult:
        """Commit one end. Returns when it is durable, or known to be stale; waits while storage is away."""
        book = self._book(job_id)
        entry = _Entry(end, asyncio.get_running_loop().create_future())
        book.waiting.append(entry)
        if end.status is FileStatus.SUCCEEDED:
            book.note = replace(NO_NOTE, throttled_until=book.note.throttled_until)
        self._begin(job_id, book)
        return await entry.done

    def note(self, job_id: str, news: Note) -> None:
        """Say something of the engine, soon and only if it is news. Best effort; a success takes it back.

        Of a job that is being deleted this very moment a row may be left behind, as counted nowhere.
        """
        book = self._book(job_id)
        note = said(book.note, news)
        if note is not None:
            book.note = note
            self._begin(job_id, book)

    def _begin(self, job_id: str, book: _Book) -> None:
        if book.writer is None or book.writer.done():
            book.writer = self._group.create_task(self._write(job_id, book), name=f"commits {job_id}")

    def forget(self, job_id: str) -> None:
        """Drop what is kept of an ended job; a later end makes it be read again."""
        book = self._books.get(job_id)
        if book is not None and book.is_idle:
            del self._books[job_id]

    def _book(self, job_id: str) -> _Book:
        """The book of a job. Those of jobs that others close are never forgotten, but make room for it."""
        book = self._books.pop(job_id, None) or _Book()
        self._books[job_id] = book
        if len(self._books) > _MOST_BOOKS:
            idle = (job for job, kept in self._books.items() if kept.is_idle and kept is not book)
            self._books.pop(next(idle, ""), None)
        return book

    async def _write(self, job_id: str, book: _Book) -> None:
        structlog.contextvars.unbind_contextvars("file")  # a batch is of many files
        while book.waiting or book.note != book.noted:
            if sum(entry.operations for entry in book.waiting) < _ROOM:
                await asyncio.sleep(WINDOW_SECONDS)
            batch = _take(book)
            if not batch and book.note == book.noted:
                return
            try:
                await self._commit(job_id, book, next(self._numbers), batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is about these files alone
                if not isinstance(error, AppError):
                    _log.exception("commit failed", files=len(batch))
                book.note = book.noted
                for entry in batch:
                    entry.fail(error)

    async def _commit(self, job_id: str, book: _Book, number: int, batch: list[_Entry]) -> None:
        """Send the batch until it is committed, or nothing of it is left. Empty, it is a note by itself."""
        is_note, tries = not batch, 0
        while True:
            try:
                if tries:
                    batch = await self._read_back(job_id, book, number, batch)
                if batch or (is_note and book.number != number):
                    await self._send(job_id, book, number, batch)
            except (Conflict, StorageUnavailable) as error:
                tries += 1
                COMMIT_CONFLICTS.add(1, "conflict" if isinstance(error, Conflict) else "unclear")
                _log.info("commit.read_back", job_id=job_id, files=len(batch), tries=tries, error=str(error))
                if is_note and (tries == _NOTE_TRIES or book.waiting):
                    book.note = book.noted
                    return
                await _pause(tries)
            else:
                return

    async def _send(self, job_id: str, book: _Book, number: int, batch: list[_Entry]) -> None:
        now, note = utc_now(), book.note
        counts = merged(book.counts, *({entry.end.language: entry.end.counts} for entry in batch))
        ended_at = now if batch else book.ended_at
        succeeded = any(entry.end.status is FileStatus.SUCCEEDED for entry in batch)
        succeeded_at = now if succeeded else book.succeeded_at
        operations = [operation for entry in batch for operation in _operations(job_id, entry.end, now)]
        counter = entity_of_counter(
            job_id, self._writer, number, counts, ended_at, note=note, succeeded_at=succeeded_at
        )
        operations.append(tables.insert(counter) if book.etag is None else tables.replace(counter, book.etag))
        *_, book.etag = await self._table.commit(operations)
        if batch:
            COMMIT_SIZE.record(len(batch))
        book.counts, book.noted, book.number = counts, note, number
        book.ended_at, book.succeeded_at = ended_at, succeeded_at
        for entry in batch:
            entry.settle(CommitResult.COUNTED)

    async def _read_back(self, job_id: str, book: _Book, number: int, batch: list[_Entry]) -> list[_Entry]:
        """What of the batch is still to be committed. The order of the reads matters: the counter first."""
        book.read(await self._table.get(job_id, keys.counter_key(self._writer)))
        if book.number == number:
            for entry in batch:
                entry.settle(CommitResult.COUNTED)
            return []
        bound = asyncio.Semaphore(_READS_IN_FLIGHT)

        async def look(entry: _Entry) -> bool:
            async with bound:
                row = await self._table.get(job_id, keys.file_key(entry.end.language, entry.end.name))
            return row is not None and version_of(row) == entry.end.tag

        ours = await asyncio.gather(*(look(entry) for entry in batch))
        for entry, own_still in zip(batch, ours, strict=True):
            if not own_still:
                entry.settle(CommitResult.STALE)
        return [entry for entry, own_still in zip(batch, ours, strict=True) if own_still]


@asynccontextmanager
async def open_commits(table: Table, writer: str) -> AsyncIterator[Commits]:
    """Commits whose writing tasks end with the block; what is unwritten then is left to redelivery."""
    async with asyncio.TaskGroup() as group:
        commits = Commits(table, writer, group)
        try:
            yield commits
        finally:
            for book in commits._books.values():  # noqa: SLF001 - owner and owned in one module
                if book.writer is not None:
                    book.writer.cancel()


async def _pause(tries: int) -> None:
    if tries > 1:
        bound = _PAUSES[min(tries - 2, len(_PAUSES) - 1)]
        await asyncio.sleep(random.uniform(0, bound))  # noqa: S311 - jitter, not a secret


def _take(book: _Book) -> list[_Entry]:
    """Fill one transaction, one operation left for the counter; a file goes in once a batch."""
    batch: list[_Entry] = []
    room = _ROOM
    taken: set[tuple[str, str]] = set()
    rest: list[_Entry] = []
    for entry in book.waiting:
        file = (entry.end.language, entry.end.name)
        if file in taken or entry.operations > room:
            rest.append(entry)
            continue
        taken.add(file)
        room -= entry.operations
        batch.append(entry)
    book.waiting = rest
    return batch


def _operations(job_id: str, end: FileEnd, now: str) -> list[Operation]:
    operations = [tables.merge(entity_of_end(job_id, end, now), end.tag)]
    if end.status is FileStatus.FAILED:
        operations.append(tables.put(entity_of_failure(job_id, end)))
    return operations
