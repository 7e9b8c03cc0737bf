"""Job rows. Each job has an ``~open`` row until it ends (`open_jobs`). Where it then has to tell somebody so,
a ``~notify`` row takes that one's place (`owed`).
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from libs.common.clock import utc_now
from libs.common.errors import Conflict, KeyReused, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.open_jobs import OpenJobs, open_entity
from libs.common.ledger.owed import owing, settled
from libs.common.ledger.records import TRANSITIONS, JobRow, JobStatus, Progress
from libs.common.ledger.rows import entity_of_job, job_of, version_of
from libs.common.ledger.sights import Sights
from libs.common.ledger.tables import Operation, Table
from libs.common.ledger.unreadable import read_row, read_rows

#: The first character of every job id is a hexadecimal digit; all other rows begin with ``~``.
_FIRST_JOB, _BEHIND_JOBS = "0", "~"
#: How long an Idempotency-Key stands for its job.
_KEY_LIVES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A caller's Idempotency-Key, and the hash of the request it came with."""

    key: str
    request: str


class Jobs:
    """The jobs of this deployment."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.sights = Sights(table)
        self.open = OpenJobs(table)

    async def create(self, job: JobRow, key: RequestKey | None = None) -> JobRow:
        """Insert a job with its ``~open`` row and, with a key, the key's row, all in one transaction.

        Gives the job that the key stands for, if it stands for one; raises `KeyReused` when that was another
        request. A reply lost on the way is looked after by reading back.
        """
        operations = [tables.insert(entity_of_job(job)), tables.insert(open_entity(job.job_id))]
        claim = [] if key is None else [tables.insert(_key_entity(key, job.job_id))]
        try:
            etag, *_ = await self._table.commit([*operations, *claim])
        except (Conflict, StorageUnavailable):
            found = await self.get(job.job_id)
            if found is not None:
                return found
            if key is None:
                raise
        else:
            return replace(job, etag=etag)
        return await self._claimed(job, key, operations)

    async def known(self, key: RequestKey) -> JobRow | None:
        """The job that a key stands for; None where the key is new or old, or its job is gone.

        `KeyReused`: it stands for another request.
        """
        entity = await self._key_row(key)
        return None if entity is None else await self._job_of(entity, key)

    async def _claimed(self, job: JobRow, key: RequestKey, operations: list[Operation]) -> JobRow:
        """The job of a key that is taken; ``job`` itself where the key is old, or its job is gone."""
        entity = await self._key_row(key)
        if entity is None:
            raise StorageUnavailable("the job was not created, and nobody has its key")
        known = await self._job_of(entity, key)
        if known is not None:
            return known
        claim = tables.replace(_key_entity(key, job.job_id), version_of(entity))
        etag, *_ = await self._table.commit([*operations, claim])
        return replace(job, etag=etag)

    async def _key_row(self, key: RequestKey) -> Mapping[str, Any] | None:
        return await self._table.get(keys.JOBS_PARTITION, keys.idempotency_key(key.key))

    async def _job_of(self, entity: Mapping[str, Any], key: RequestKey) -> JobRow | None:
        age = datetime.now(UTC) - read_row(entity, _created_at)
        job = await self.get(entity["job_id"]) if age < _KEY_LIVES else None
        if job is not None and entity["request"] != key.request:
            raise KeyReused("the key stands for another request")
        return job

    async def get(self, job_id: str) -> JobRow | None:
        entity = await self._table.get(keys.JOBS_PARTITION, job_id)
        return None if entity is None else read_row(entity, job_of)

    async def page(
        self, limit: int, behind: str | None, status: JobStatus | None = None
    ) -> tuple[list[JobRow], str | None]:
        """Jobs, newest first, behind the cursor ``behind`` (a job id, or what a page of the same ``status``
        gave); and the cursor to go on from, None at the end.
        """
        where = "" if status is None else f" and status eq '{status.value}'"
        page = await self._table.range(
            keys.JOBS_PARTITION, _FIRST_JOB, _BEHIND_JOBS, behind=behind, where=where, limit=limit
        )
        return read_rows(page.entities, job_of), page.behind

    async def move(self, job: JobRow, status: JobStatus, error: str | None = None) -> JobRow:
        """Take a job to another state that is not an end. `Conflict`: it is no longer the version read."""
        _check(job, status)
        moved = replace(job, status=status, error=error or job.error, updated_at=utc_now())
        (etag,) = await self._table.commit([tables.replace(entity_of_job(moved), job.etag)])
        return replace(moved, etag=etag)

    async def close(
        self, job: JobRow, status: JobStatus, final: Progress, message: str, error: str | None
    ) -> JobRow:
        """End a job: its row with the final figures, no ``~open`` row any more and, if it has to tell
        somebody, a ``~notify`` row, in one transaction. A reply that got lost is made up for by reading back.

        `Conflict`: the job is no longer the version that was read before its counters.
        """
        _check(job, status)
        now = utc_now()
        closed = replace(
            job,
            status=status,
            final=final,
            message=message,
            error=error,
            updated_at=now,
            completed_at=now,
            end_id=secrets.token_hex(8),
        )
        operations = [
            tables.replace(entity_of_job(closed), job.etag),
            tables.remove(keys.JOBS_PARTITION, keys.open_key(job.job_id)),
            *owing(closed),
        ]
        try:
            etag, *_ = await self._table.commit(operations)
        except (Conflict, StorageUnavailable):
            found = await self.get(job.job_id)
            if found is None or found.end_id != closed.end_id:
                raise
            return found
        return replace(closed, etag=etag)

    async def reopen(self, job: JobRow, only: tuple[str, ...], max_characters: int | None = None) -> JobRow:
        """Queue an ended job once more: its row with one retry more, and its ``~open`` row, together. What it
        has not told of its last end is never told: it tells of the next one.
        """
        _check(job, JobStatus.QUEUED)
        opened = replace(
            job,
            status=JobStatus.QUEUED,
            retries=job.retries + 1,
            retry_only=only,
            max_characters=max_characters,
            final=None,
            completed_at=None,
            end_id=None,
            error=None,
            message=None,
            notification=None if job.notification is None else job.notification.anew(),
            updated_at=utc_now(),
        )
        operations = [
            tables.replace(entity_of_job(opened), job.etag),
            tables.insert(open_entity(job.job_id)),
            *settled(job),
        ]
        try:
            etag, *_ = await self._table.commit(operations)
        except (Conflict, StorageUnavailable):
            found = await self.get(job.job_id)
            if found is not None and found.is_same_end(job) and found.etag != job.etag:
                return await self.reopen(found, only, max_characters)  # its notification went on meanwhile
            if found is None or found.retries != opened.retries or found.retry_only != only:
                raise
            return found
        return replace(opened, etag=etag)

    async def remove(self, job: JobRow) -> None:
        """Remove the row of an ended job, and what it has not told with it. `Conflict`: it is no longer the
        version read.
        """
        row = tables.remove(keys.JOBS_PARTITION, job.job_id, job.etag)
        await self._table.commit([row, *settled(job)])

    async def forget_keys(self) -> int:
        """Remove the rows of Idempotency-Keys that no longer stand for anything; gives how many."""
        forgotten = 0
        async for entity in self._table.scan(
            keys.JOBS_PARTITION, keys.IDEMPOTENCY, keys.end_of(keys.IDEMPOTENCY)
        ):
            (created_at,) = read_rows([entity], _created_at) or (None,)
            if created_at is None or datetime.now(UTC) - created_at < _KEY_LIVES:
                continue
            gone = tables.remove(keys.JOBS_PARTITION, entity["RowKey"], version_of(entity))
            with suppress(Conflict):  # it stands for a new job since
                await self._table.commit([gone])
                forgotten += 1
        return forgotten


def _check(job: JobRow, status: JobStatus) -> None:
    if status not in TRANSITIONS[job.status]:
        raise Conflict(f"job {job.job_id} is {job.status}, which never becomes {status}")


def _created_at(entity: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(entity["created_at"])


def _key_entity(key: RequestKey, job_id: str) -> dict[str, object]:
    return {
        "PartitionKey": keys.JOBS_PARTITION,
        "RowKey": keys.idempotency_key(key.key),
        "request": key.request,
        "job_id": job_id,
        "created_at": utc_now(),
    }
