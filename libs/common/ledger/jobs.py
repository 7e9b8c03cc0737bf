"""Job rows, and the ``~open`` row that each job has until it ends. Where it then has to tell somebody so,
a ``~notify`` row takes that one's place (`owed`).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from libs.common.clock import utc_now
from libs.common.errors import Conflict, KeyReused, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.owed import owing, settled
from libs.common.ledger.records import TRANSITIONS, JobRow, JobStatus, Progress
from libs.common.ledger.rows import entity_of_job, job_of, version_of
from libs.common.ledger.sights import Sights
from libs.common.ledger.tables import Operation, Table

#: The first character of every job id is a hexadecimal digit; all other rows begin with ``~``.
_FIRST_JOB, _BEHIND_JOBS = "0", "~"
#: How long an Idempotency-Key stands for its job.
_KEY_LIVES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that has not ended. ``version`` changes whenever a dispatcher looks at it; ``status`` is what the
    last look found.
    """

    job_id: str
    version: str
    status: JobStatus = JobStatus.QUEUED


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

    async def create(self, job: JobRow, key: RequestKey | None = None) -> JobRow:
        """Insert a job with its ``~open`` row and, with a key, the key's row, all in one transaction.

        Gives the job that the key stands for, if it stands for one; raises `KeyReused` when that was another
        request. A reply lost on the way is looked after by reading back.
        """
        operations = [tables.insert(entity_of_job(job)), tables.insert(_open_entity(job.job_id))]
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
        age = datetime.now(UTC) - datetime.fromisoformat(entity["created_at"])
        job = await self.get(entity["job_id"]) if age < _KEY_LIVES else None
        if job is not None and entity["request"] != key.request:
            raise KeyReused("the key stands for another request")
        return job

    async def get(self, job_id: str) -> JobRow | None:
        entity = await self._table.get(keys.JOBS_PARTITION, job_id)
        return None if entity is None else job_of(entity)

    async def page(
        self, limit: int, behind: str | None, status: JobStatus | None = None
    ) -> tuple[list[JobRow], str | None]:
        """Jobs, newest first, behind the job id ``behind``; and the id to go on behind, None at the end."""
        first = _FIRST_JOB if behind is None else behind + "\x20"
        where = "" if status is None else f" and status eq '{status.value}'"
        page = await self._table.range(keys.JOBS_PARTITION, first, _BEHIND_JOBS, where=where, limit=limit)
        return [job_of(entity) for entity in page.entities], page.behind

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
        somebody, a ``~notify`` row, in one transaction.

        `Conflict`: the job is no longer the version that was read before its counters.
        """
        _check(job, status)
        now = utc_now()
        closed = replace(
            job, status=status, final=final, message=message, error=error, updated_at=now, completed_at=now
        )
        operations = [
            tables.replace(entity_of_job(closed), job.etag),
            tables.remove(keys.JOBS_PARTITION, keys.open_key(job.job_id)),
            *owing(closed),
        ]
        etag, *_ = await self._table.commit(operations)
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
            error=None,
            message=None,
            notification=None if job.notification is None else job.notification.anew(),
            updated_at=utc_now(),
        )
        operations = [
            tables.replace(entity_of_job(opened), job.etag),
            tables.insert(_open_entity(job.job_id)),
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
            if datetime.now(UTC) - datetime.fromisoformat(entity["created_at"]) < _KEY_LIVES:
                continue
            gone = tables.remove(keys.JOBS_PARTITION, entity["RowKey"], version_of(entity))
            with suppress(Conflict):  # it stands for a new job since
                await self._table.commit([gone])
                forgotten += 1
        return forgotten

    async def open_jobs(self) -> AsyncIterator[OpenJob]:
        """Every job that has not ended."""
        async for entity in self._table.scan(keys.JOBS_PARTITION, keys.OPEN, keys.end_of(keys.OPEN)):
            status = JobStatus(entity.get("status", JobStatus.QUEUED))
            yield OpenJob(entity["RowKey"].removeprefix(keys.OPEN), version_of(entity), status)

    async def looked_at(self, job_id: str, version: str = "*", status: JobStatus | None = None) -> bool:
        """Stamp the ``~open`` row; with a version, only if nobody looked since. ``status``: what was found.

        False: somebody did, or the job has ended.
        """
        try:
            await self._table.commit([tables.merge(_open_entity(job_id, status), version)])
        except Conflict:
            return False
        return True


def _check(job: JobRow, status: JobStatus) -> None:
    if status not in TRANSITIONS[job.status]:
        raise Conflict(f"job {job.job_id} is {job.status}, which never becomes {status}")


def _key_entity(key: RequestKey, job_id: str) -> dict[str, object]:
    return {
        "PartitionKey": keys.JOBS_PARTITION,
        "RowKey": keys.idempotency_key(key.key),
        "request": key.request,
        "job_id": job_id,
        "created_at": utc_now(),
    }


def _open_entity(job_id: str, status: JobStatus | None = None) -> dict[str, object]:
    row: dict[str, object] = {
        "PartitionKey": keys.JOBS_PARTITION,
        "RowKey": keys.open_key(job_id),
        "looked_at": utc_now(),
    }
    return row if status is None else {**row, "status": status.value}
