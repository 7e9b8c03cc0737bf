"""The ``~open`` rows: one for each job that has not ended.

Such a row says which dispatch message looks after the job, when somebody last looked, and for how long it is
left alone from then on. It names one message at a time, so of two messages of a job one goes: a message that
finds another's name in the row is dropped. The sweep takes the name out before it sends a further message;
whichever of the two comes first then writes its name into the row.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import structlog

from libs.common.clock import utc_now
from libs.common.errors import Conflict, StorageUnavailable
from libs.common.ledger import keys, tables
from libs.common.ledger.records import JobStatus
from libs.common.ledger.rows import Entity, version_of
from libs.common.ledger.tables import Table
from libs.common.ledger.unreadable import WarnedOnce

#: Times a look is written that meets another writer of the row.
_TRIES = 5

_log = structlog.get_logger(__name__)
_warned = WarnedOnce()


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that has not ended."""

    #: The job's id.
    job_id: str
    #: Changes whenever a dispatcher looks at the job.
    version: str
    #: What the last look found; None: a status that this version does not know.
    status: JobStatus | None = JobStatus.QUEUED
    #: Id of the dispatch message that looks after the job; empty: the next one that comes.
    message_id: str = ""
    #: Seconds that the last look left the job alone for.
    again_in: float = 0.0


class Look(Enum):
    """Whether a dispatch message may look after its job."""

    #: It may, and the row says so.
    OURS = auto()
    #: Another message does.
    ANOTHERS = auto()
    #: The job has ended, or was never there.
    CLOSED = auto()


class OpenJobs:
    """The jobs of this deployment that have not ended."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def all(self) -> AsyncIterator[OpenJob]:
        async for entity in self._table.scan(keys.JOBS_PARTITION, keys.OPEN, keys.end_of(keys.OPEN)):
            yield _open_job_of(entity)

    async def get(self, job_id: str) -> OpenJob | None:
        entity = await self._table.get(keys.JOBS_PARTITION, keys.open_key(job_id))
        return None if entity is None else _open_job_of(entity)

    async def look(self, job_id: str, message_id: str, status: JobStatus | None, again_in: float) -> Look:
        """Say that a message looks after the job, unless another one does, and leave the job alone for
        ``again_in`` seconds. The row keeps its status where ``status`` is None.

        `StorageUnavailable`: the row changes all the time, or storage gave no clear answer.
        """
        for _ in range(_TRIES):
            found = await self.get(job_id)
            if found is None:
                return Look.CLOSED
            if found.message_id not in ("", message_id):
                return Look.ANOTHERS
            seen = {"message_id": message_id, "again_in": float(again_in)}
            if await self._merge(job_id, found.version, seen | _status(status)):
                return Look.OURS
        raise StorageUnavailable(f"the open row of job {job_id} changes all the time")

    async def stamp(self, job_id: str, status: JobStatus | None = None) -> bool:
        """Say that somebody looks at the job now. False: it has ended."""
        return await self._merge(job_id, "*", _status(status))

    async def let_go(self, seen: OpenJob) -> bool:
        """Let the next message look after the job, whichever it is. False: the row is no longer ``seen``."""
        return await self._merge(seen.job_id, seen.version, {"message_id": "", "again_in": 0.0})

    async def _merge(self, job_id: str, version: str, changes: Entity) -> bool:
        try:
            await self._table.commit([tables.merge(open_entity(job_id) | changes, version)])
        except Conflict:
            return False
        return True


def open_entity(job_id: str) -> Entity:
    """The row of a job that nobody has looked at yet."""
    return {
        "PartitionKey": keys.JOBS_PARTITION,
        "RowKey": keys.open_key(job_id),
        "looked_at": utc_now(),
    }


def _status(status: JobStatus | None) -> Entity:
    return {} if status is None else {"status": status.value}


def _open_job_of(entity: Mapping[str, Any]) -> OpenJob:
    job_id = entity["RowKey"].removeprefix(keys.OPEN)
    message_id, again_in = entity.get("message_id", ""), entity.get("again_in", 0.0)
    return OpenJob(
        job_id=job_id,
        version=version_of(entity),
        status=_status_of(entity, job_id),
        message_id=message_id if isinstance(message_id, str) else "",
        again_in=again_in if isinstance(again_in, float) else 0.0,
    )


def _status_of(entity: Mapping[str, Any], job_id: str) -> JobStatus | None:
    said = entity.get("status", JobStatus.QUEUED)
    try:
        return JobStatus(said)
    except ValueError as error:
        _warned.warn("open row has an unknown status", f"{job_id} {said}", job_id=job_id, error=str(error))
        return None
