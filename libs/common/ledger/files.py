"""File rows, the dispatch row and the counters of a job: one partition, the only source of progress."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from libs.common.clock import utc_now
from libs.common.errors import AlreadyExists, Conflict
from libs.common.ledger import keys, tables
from libs.common.ledger.counters import Counters, Tally
from libs.common.ledger.notes import trouble_of
from libs.common.ledger.records import Counts, DispatchRow, FileRow, FileStatus, Progress, merged
from libs.common.ledger.rows import (
    counter_of,
    dispatch_of,
    entity_of_dispatch,
    entity_of_file,
    entity_of_requeue,
    file_of,
)
from libs.common.ledger.tables import QUERY_PAGE, Page, Table
from libs.common.ledger.unreadable import read_row, read_rows

#: Operations of one transaction that are left for file rows beside the dispatch row.
FILES_A_TRANSACTION = tables.TRANSACTION_OPERATIONS - 1
_READS_IN_FLIGHT = 32
#: Longest that one search for pending files goes on (seconds): it takes a dispatcher's turn.
_SEARCH_SECONDS = 20.0


class Files:
    """The file tasks of every job."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.counters = Counters(table)

    async def file(self, job_id: str, language: str, name: str) -> FileRow | None:
        entity = await self._table.get(job_id, keys.file_key(language, name))
        return None if entity is None else read_row(entity, file_of)

    async def some(self, job_id: str, tasks: Sequence[tuple[str, str]]) -> list[FileRow]:
        """The rows of the given (language, name) pairs that exist."""
        bound = asyncio.Semaphore(_READS_IN_FLIGHT)

        async def read(language: str, name: str) -> FileRow | None:
            async with bound:
                return await self.file(job_id, language, name)

        rows = await asyncio.gather(*(read(*task) for task in tasks))
        return [row for row in rows if row is not None]

    async def page(
        self,
        job_id: str,
        limit: int,
        behind: str | None,
        status: FileStatus | None = None,
        *,
        repaired: bool = False,
        within: str = keys.FILES,
    ) -> tuple[list[FileRow], str | None]:
        """File rows by language and name, behind the cursor ``behind`` (a row key, or what a page of the same
        question gave), and the cursor to go on from; a page may be short, even empty.

        ``repaired``: only those with ``repairs``; ``within``: what their keys begin with.
        """
        where = "" if status is None else f" and status eq '{status.value}'"
        where += " and repairs gt 0" if repaired else ""
        page = await self._within(job_id, within, behind, limit, where)
        return read_rows(page.entities, file_of), page.behind

    async def pending(self, job_id: str) -> list[FileRow]:
        """Up to a thousand file tasks that have not ended, wherever in the job they stand, however long it
        takes to find them.
        """
        rows, behind = await self.search_pending(job_id)
        while behind is not None and not rows:
            rows, behind = await self.search_pending(job_id, behind)
        return rows

    async def search_pending(
        self, job_id: str, behind: str | None = None
    ) -> tuple[list[FileRow], str | None]:
        """Look for file tasks that have not ended, for 20 seconds or until there are a thousand.

        Gives those found, and where the search goes on; None: it came to the end of the job. Storage scans a
        thousand rows a request, so a job of a million is searched in several turns.
        """
        found: list[FileRow] = []
        began = time.monotonic()
        while True:
            rows, behind = await self.page(job_id, QUERY_PAGE - len(found), behind, FileStatus.PENDING)
            found += rows
            is_over = len(found) >= QUERY_PAGE or time.monotonic() - began > _SEARCH_SECONDS
            if behind is None or is_over:
                return found, behind

    async def failures(
        self, job_id: str, limit: int, behind: str | None, within: str = keys.FAILURES
    ) -> tuple[list[FileRow], str | None]:
        """Failed files behind the cursor ``behind``, from their index, and the cursor to go on from: as many
        reads as there are on the page.
        """
        page = await self._within(job_id, within, behind, limit)
        return await self.some(job_id, [(row["language"], row["name"]) for row in page.entities]), page.behind

    async def _within(
        self, job_id: str, within: str, behind: str | None, limit: int, where: str = ""
    ) -> Page:
        end = keys.end_of(within)
        return await self._table.range(job_id, within, end, behind=behind, where=where, limit=limit)

    async def first_failure(self, job_id: str) -> FileRow | None:
        """The first failed file, from the index of failures."""
        rows, _ = await self.failures(job_id, 1, None)
        return rows[0] if rows else None

    async def dispatch(self, job_id: str) -> DispatchRow | None:
        entity = await self._table.get(job_id, keys.DISPATCH_KEY)
        return None if entity is None else read_row(entity, dispatch_of)

    async def begin(self, job_id: str) -> DispatchRow:
        """The dispatch row, made now if it is not there yet."""
        found = await self.dispatch(job_id)
        return found if found is not None else await self.begin_new(job_id)

    async def begin_new(self, job_id: str) -> DispatchRow:
        """The dispatch row of a job that had none a moment ago. Another dispatcher may make it first."""
        fresh = DispatchRow(updated_at=utc_now())
        try:
            (etag,) = await self._table.commit([tables.insert(entity_of_dispatch(job_id, fresh))])
        except (AlreadyExists, Conflict):
            return await self.begin(job_id)
        return replace(fresh, etag=etag)

    async def extend(
        self, job_id: str, read: DispatchRow, rows: Sequence[FileRow], after: str
    ) -> tuple[DispatchRow, list[FileRow]]:
        """Make file rows and count exactly these in the dispatch row, in one transaction.

        Gives the new dispatch row and the file rows with their tags. `Conflict` or `StorageUnavailable`:
        read the dispatch row to learn whether it was done.
        """
        totals, skipped = dict(read.totals), dict(read.skipped)
        for row in rows:
            totals[row.language] = totals.get(row.language, 0) + 1
            skipped[row.language] = skipped.get(row.language, 0) + (row.status is FileStatus.SKIPPED)
        moved = replace(read, after=after, totals=totals, skipped=skipped, updated_at=utc_now())
        operations = [tables.insert(entity_of_file(job_id, row)) for row in rows]
        operations.append(tables.replace(entity_of_dispatch(job_id, moved), read.etag))
        *tags, etag = await self._table.commit(operations)
        made = [replace(row, tag=tag) for row, tag in zip(rows, tags, strict=True)]
        return replace(moved, etag=etag), made

    async def advance(
        self,
        job_id: str,
        read: DispatchRow,
        marker: str | None,
        *,
        sealed: bool,
        cut: bool = False,
        target_markers: Mapping[str, str] | None = None,
    ) -> DispatchRow:
        """End a slice: go to the next page of the listing, or seal (``cut``: too early). Counts nothing."""
        moved = replace(
            read,
            slice=read.slice + 1,
            marker=marker,
            target_markers=target_markers or {},
            after=None,
            sealed=sealed,
            cut=cut,
            updated_at=utc_now(),
        )
        (etag,) = await self._table.commit([tables.replace(entity_of_dispatch(job_id, moved), read.etag)])
        return replace(moved, etag=etag)

    async def requeue(
        self, job_id: str, read: DispatchRow, failed: Sequence[FileRow]
    ) -> tuple[DispatchRow, list[FileRow]]:
        """Make failed files pending again and count them as requeued, in one transaction.

        They are in the order of the index; the dispatch row remembers the last, so that a file which fails
        once more meanwhile is not taken up again.
        """
        requeued = dict(read.requeued)
        operations = []
        for row in failed:
            requeued[row.language] = requeued.get(row.language, 0) + 1
            operations.append(tables.merge(entity_of_requeue(job_id, row, utc_now()), row.tag))
        last = keys.failure_key(failed[-1].language, failed[-1].name)
        moved = replace(read, requeued=requeued, retry_behind=last, updated_at=utc_now())
        gone = [tables.remove(job_id, keys.failure_key(row.language, row.name)) for row in failed]
        *etags, etag = await self._table.commit(
            [*operations, *gone, tables.replace(entity_of_dispatch(job_id, moved), read.etag)]
        )
        made = [
            replace(row, status=FileStatus.PENDING, tag=tag) for row, tag in zip(failed, etags, strict=False)
        ]
        return replace(moved, etag=etag), made

    async def retried(self, job_id: str, read: DispatchRow, retries: int) -> DispatchRow:
        """Say that every failed file of this retry is taken up."""
        moved = replace(read, retried=retries, retry_behind=None, updated_at=utc_now())
        (etag,) = await self._table.commit([tables.replace(entity_of_dispatch(job_id, moved), read.etag)])
        return replace(moved, etag=etag)

    async def remove_some(self, job_id: str, behind: str | None = None) -> tuple[int, str | None]:
        """Remove up to a transaction's worth of a job's rows behind the cursor ``behind``.

        Gives how many, and where to go on; None: there were no more. After mass deletes storage may answer
        with no row though some are left, so only the end of the range is the end.
        """
        limit = tables.TRANSACTION_OPERATIONS
        page = await self._table.range(job_id, "", keys.AFTER_ALL, behind=behind, limit=limit)
        if page.entities:
            await self._table.commit([tables.remove(job_id, row["RowKey"]) for row in page.entities])
        return len(page.entities), page.behind

    async def progress(self, job_id: str) -> Progress:
        """Where a job stands, from one range read: its counter rows, then its dispatch row."""
        tally, dispatch = await self.counters.read_with_dispatch(job_id)
        return _progress(tally, None if dispatch is None else read_row(dispatch, dispatch_of))

    async def settled_progress(self, job_id: str) -> Progress:
        """The same for the closing check, which must read every counter before the dispatch row."""
        tally = await self.counters.read(job_id)
        return _progress(tally, await self.dispatch(job_id))


def _progress(tally: Tally, dispatch: DispatchRow | None) -> Progress:
    counters = tally.all
    if dispatch is None:
        return Progress()
    listed = {
        language: Counts(
            skipped=dispatch.skipped.get(language, 0), failed=-dispatch.requeued.get(language, 0)
        )
        for language in dispatch.totals
    }
    return Progress(
        total=sum(dispatch.totals.values()),
        sealed=dispatch.sealed,
        cut=dispatch.cut,
        requeued=sum(dispatch.requeued.values()),
        retried=dispatch.retried,
        by_language=merged(listed, *(read_row(row, counter_of) for row in counters)),
        trouble=trouble_of(counters),
        totals_by_language=dispatch.totals,
        updated_at=max([dispatch.updated_at, *(row["updated_at"] for row in counters)]),
        working_at=max((row.get("answered_at", "") for row in counters), default=""),
        counters=tally.versions,
    )
