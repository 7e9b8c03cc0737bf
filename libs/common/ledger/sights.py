"""What a dispatcher saw of a large job, kept in the job's ``~open`` row: workers read that one row instead of
every counter row. It is a hint: it decides when a process looks, never what is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.common.clock import utc_now
from libs.common.errors import Conflict
from libs.common.ledger import keys, tables
from libs.common.ledger.tables import Table


@dataclass(frozen=True, slots=True)
class Sight:
    """What the dispatcher wrote."""

    #: Processes that count for the job; 0 where no dispatcher has written it.
    writers: int = 0
    #: All counter rows.
    rows: int = 0
    #: Files that had not ended; None while the job is not listed to its end.
    pending: int | None = None
    #: When the dispatcher looked. It differs from one look to the next.
    at: str = ""


class Sights:
    """The sights of all open jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def write(self, job_id: str, writers: int, rows: int, pending: int | None) -> None:
        """Keep what was seen; nothing happens where the job has ended."""
        seen = {
            "PartitionKey": keys.JOBS_PARTITION,
            "RowKey": keys.open_key(job_id),
            "writers": writers,
            "rows": rows,
            "pending": -1 if pending is None else pending,
            "seen_at": utc_now(),
        }
        try:
            await self._table.commit([tables.merge(seen, "*")])
        except Conflict:
            return

    async def read(self, job_id: str) -> Sight | None:
        """The last sight of a job; None: the job has ended."""
        row = await self._table.get(keys.JOBS_PARTITION, keys.open_key(job_id))
        return None if row is None else _sight_of(row)


def _sight_of(row: Mapping[str, Any]) -> Sight:
    pending = row.get("pending", -1)
    return Sight(
        writers=row.get("writers", 0),
        rows=row.get("rows", 0),
        pending=None if pending < 0 else pending,
        at=row.get("seen_at", ""),
    )
