"""The ``~notify`` rows: one for each job that has ended and has not told so yet.

Such a row is written in the transaction that ends the job, and goes in the one that says how the
notification ended, that opens the job again or that removes it. Each of these holds for one version of the
job row only. So the row is there exactly while the job ``owes_notification``, wherever a process dies.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from libs.common.clock import utc_now
from libs.common.errors import Conflict
from libs.common.ledger import keys, tables
from libs.common.ledger.notification import Notification
from libs.common.ledger.records import JobRow
from libs.common.ledger.rows import Entity, entity_of_job, version_of
from libs.common.ledger.tables import Operation, Table
from libs.common.ledger.unreadable import read_rows


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A notification to come: of which end of which job, after how many attempts. ``again_in`` is the pause
    until the next one, in seconds from when the row was written; ``version`` changes with each write.
    """

    job_id: str
    retries: int
    attempts: int
    again_in: float
    version: str


class Owed:
    """The notifications that this deployment owes."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def all(self) -> AsyncIterator[OwedRow]:
        async for entity in self._table.scan(keys.JOBS_PARTITION, keys.OWED, keys.end_of(keys.OWED)):
            for row in read_rows([entity], _owed_of):
                yield row

    async def looked_at(self, row: OwedRow) -> bool:
        """Stamp the row, if it is still the version read. False: somebody was faster, or it is told."""
        entity = _entity(row.job_id, row.retries, row.attempts, 0.0)
        try:
            await self._table.commit([tables.replace(entity, row.version)])
        except Conflict:
            return False
        return True

    async def record(self, job: JobRow, notification: Notification, again_in: float = 0.0) -> JobRow:
        """Write how far the notification of an ended job has come; ``again_in`` is the pause to the next
        attempt.

        `Conflict`: the job is no longer the version read.
        """
        told = replace(job, notification=notification)
        marker = owing(told, again_in) if told.owes_notification else settled(job)
        etag, *_ = await self._table.commit([tables.replace(entity_of_job(told), job.etag), *marker])
        return replace(told, etag=etag)


def owing(job: JobRow, again_in: float = 0.0) -> list[Operation]:
    """Of a transaction that leaves an ended job with a notification to send: its row."""
    if job.notification is None or not job.owes_notification:
        return []
    return [tables.put(_entity(job.job_id, job.retries, job.notification.attempts, again_in))]


def settled(job: JobRow) -> list[Operation]:
    """Of a transaction after which ``job``, as it was read, has nothing to send any more: no row."""
    return [tables.remove(keys.JOBS_PARTITION, keys.owed_key(job.job_id))] if job.owes_notification else []


def _owed_of(entity: Mapping[str, Any]) -> OwedRow:
    return OwedRow(
        job_id=entity["RowKey"].removeprefix(keys.OWED),
        retries=entity["retries"],
        attempts=entity["attempts"],
        again_in=entity["again_in"],
        version=version_of(entity),
    )


def _entity(job_id: str, retries: int, attempts: int, again_in: float) -> Entity:
    return {
        "PartitionKey": keys.JOBS_PARTITION,
        "RowKey": keys.owed_key(job_id),
        "retries": retries,
        "attempts": attempts,
        "again_in": float(again_in),
        "looked_at": utc_now(),
    }
