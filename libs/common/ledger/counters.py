"""The counter rows of a job: what each process has counted, and one row for the processes that are gone.

A *fold* is one transaction: it deletes counter rows under their versions and adds their sums to the folded
row, so the sum over all rows stays the same. The folded row (``c:``) sorts first of all counter rows, and the
mark (``c;``) sorts last; both carry the number of the last fold. A reader meets the folded row first and the
mark last. Equal numbers prove that no fold happened in between. A reader that does not compare them can miss
a row that moved, but it never counts one twice.

A process whose row was folded while it was paused treats the missing row as it treats any refused commit:
it reads back, counts from zero, and inserts a new row (`commits`).
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.common.errors import Conflict, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.notes import folded_note
from libs.common.ledger.records import merged
from libs.common.ledger.rows import Entity, counter_of, entity_of_counter, version_of
from libs.common.ledger.tables import Table
from libs.common.ledger.unreadable import read_row

#: Counter rows of one fold: the folded row and the mark take the other two operations.
_A_FOLD = tables.TRANSACTION_OPERATIONS - 2
#: Folds of one call: what a dispatcher's turn may take.
_FOLDS = 5
#: Reads that may meet a fold one after the other; folds come every few seconds at most.
_READS = 5

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """All counter rows of a job as no fold parted them; ``folded`` is the folded row, if there is one."""

    rows: Sequence[Row]
    folded: Row | None

    @property
    def all(self) -> list[Row]:
        return [*([] if self.folded is None else [self.folded]), *self.rows]

    @property
    def versions(self) -> dict[str, str]:
        """The version of each process's row, by its key."""
        return {row["RowKey"]: version_of(row) for row in self.rows}


class Counters:
    """The counter rows of every job."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def read(self, job_id: str) -> Tally:
        """Every counter row of a job."""
        return (await self.read_with_dispatch(job_id, keys.DISPATCH_KEY))[0]

    async def read_with_dispatch(
        self, job_id: str, end: str = keys.DISPATCH_KEY + "\x20"
    ) -> tuple[Tally, Row | None]:
        """Every counter row of a job, then its dispatch row, in one range read.

        `StorageUnavailable`: folds came in between again and again.
        """
        for _ in range(_READS):
            rows = [row async for row in self._rows(job_id, end)]
            tally = _tally(rows)
            if tally is not None:
                dispatch = next((row for row in rows if row["RowKey"] == keys.DISPATCH_KEY), None)
                return tally, dispatch
        raise StorageUnavailable("the counter rows of a job changed during every read")

    def _rows(self, job_id: str, end: str) -> AsyncIterator[Row]:
        return self._table.scan(job_id, keys.COUNTERS, end)

    async def fold(self, job_id: str, gone: Mapping[str, str]) -> int:
        """Fold the rows named by key, as far as they still have the version given. Gives how many."""
        tally = await self.read(job_id)
        rows = [row for row in tally.rows if gone.get(row["RowKey"]) == version_of(row)]
        folded, version, done = tally.folded, "" if tally.folded is None else version_of(tally.folded), 0
        for some in _in_folds(rows):
            entity = _folded(job_id, folded, some, tally.all)
            keep = tables.replace(entity, version) if folded is not None else tables.insert(entity)
            gone_rows = [tables.remove(job_id, row["RowKey"], version_of(row)) for row in some]
            try:
                *_, version, _ = await self._table.commit([*gone_rows, keep, tables.put(_mark_of(entity))])
            except Conflict:
                break  # a row came back to life, or another dispatcher folds: the next look decides
            folded, done = entity, done + len(some)
        return done


def _in_folds(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for begin in range(0, min(len(rows), _FOLDS * _A_FOLD), _A_FOLD):
        yield rows[begin : begin + _A_FOLD]


def _tally(rows: Sequence[Row]) -> Tally | None:
    """The rows of one range read; None where a fold happened meanwhile."""
    by_key = {row["RowKey"]: row for row in rows}
    folded, mark = by_key.get(keys.FOLDED), by_key.get(keys.FOLDS)
    if _number(folded) != _number(mark):
        return None
    others = [row for row in rows if row["RowKey"].startswith(keys.COUNTERS) and row is not folded]
    return Tally(others, folded)


def _number(row: Row | None) -> int:
    return 0 if row is None else read_row(row, _batch_of)


def _batch_of(row: Row) -> int:
    return int(row["batch"])


def _folded(job_id: str, folded: Row | None, rows: Sequence[Row], every: Sequence[Row]) -> Entity:
    """The folded row once ``rows`` are added to it; ``every`` is all that is known of the engine."""
    parts = [*([] if folded is None else [folded]), *rows]
    return entity_of_counter(
        job_id,
        "",
        _number(folded) + 1,
        merged(*(counter_of(row) for row in parts)),
        max(row["updated_at"] for row in parts),
        note=folded_note(parts, every),
        succeeded_at=max(row.get("succeeded_at", "") for row in parts),
    )


def _mark_of(folded: Entity) -> Entity:
    return {"PartitionKey": folded["PartitionKey"], "RowKey": keys.FOLDS, "batch": folded["batch"]}
