"""How a turn begins: is the job still there, and is this the message that looks after it?"""

from dataclasses import dataclass

from libs.common.errors import RowUnreadable
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.open_jobs import Look
from libs.common.ledger.records import DispatchRow, JobRow, JobStatus


@dataclass(frozen=True, slots=True)
class Held:
    """The dispatch message in our hands."""

    #: Its id in the queue, which stays the same however often it goes back.
    message_id: str
    #: Seconds after which the job is looked at again at the latest.
    again_in: float


@dataclass(frozen=True, slots=True)
class Begun:
    """The job is looked at, and its ``~open`` row says so."""

    #: The job as it was read.
    job: JobRow
    #: Its dispatch row, made now if it was not there.
    row: DispatchRow


@dataclass(frozen=True, slots=True)
class Needless:
    """The job has ended, or another message looks after it; the sweep finds out if that one gets lost."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """There is no such job any more; rows of it may be left."""


async def begin_look(jobs: Jobs, files: Files, job_id: str, held: Held | None) -> Begun | Needless | Deleted:
    """Begin to look at a job, with the message ``held`` if there is one. It takes one read to find out that
    another message looks after the job.

    Raises:
        RowUnreadable: this version cannot read the job, and ``held`` is the message that looks after it.
    """
    if held is not None and await _is_anothers(jobs, job_id, held):
        return Needless()
    try:
        job = await jobs.get(job_id)
    except RowUnreadable:
        # Of a job that can't be read, too, one message is enough, and the sweep has to see that it is there.
        if held is not None and await _name(jobs, job_id, held, None) is not Look.OURS:
            return Needless()
        raise
    if job is None:
        return Deleted()
    if job.status.ended or not await _is_ours(jobs, job, held):
        return Needless()
    row = await files.dispatch(job_id)
    if row is None:
        row = await files.begin_new(job_id)
        # If the job was deleted since it was read, nobody else removes the row that was just made. If it is
        # deleted from now on, the row goes with it.
        if await jobs.get(job_id) is None:
            return Deleted()
    return Begun(job, row)


async def _is_anothers(jobs: Jobs, job_id: str, held: Held) -> bool:
    found = await jobs.open.get(job_id)
    return found is not None and found.message_id not in ("", held.message_id)


async def _is_ours(jobs: Jobs, job: JobRow, held: Held | None) -> bool:
    """Say in the ``~open`` row that the job is looked at, before anything is done for it."""
    status = JobStatus.PROCESSING if job.status is JobStatus.QUEUED else job.status
    if held is None:
        await jobs.open.stamp(job.job_id, status)
        return True
    return await _name(jobs, job.job_id, held, status) is Look.OURS


async def _name(jobs: Jobs, job_id: str, held: Held, status: JobStatus | None) -> Look:
    return await jobs.open.look(job_id, held.message_id, status, held.again_in)
