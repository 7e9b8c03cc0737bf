"""One dispatcher turn for one job: expand a slice, or watch what is listed.

asked to purge → remove rows
another message looks after the job → done
read the job → ended: done; not there: remove the rows that an earlier turn left
             → say in the ~open row that it is looked at
             → a retry is asked for: failed files to pending again
             → being cancelled: seal at what is listed
             → not sealed: one slice, unless the file queue is long enough
             → sealed: stamp, look whether it is finished, send again what got lost
"""

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import structlog

from libs.common.clock import utc_now
from libs.common.errors import Conflict, NotFound, StorageRejected
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import DispatchRow, JobRow, JobStatus, Progress
from libs.common.ledger.tables import QUERY_PAGE
from libs.common.storage.queues import WorkQueue
from libs.jobs.blockade import blockade
from libs.jobs.close import log_progress, look
from libs.jobs.expand import Expander, Outbox, expand_slice, send_tasks
from libs.jobs.look import Begun, Deleted, Held, Needless, begin_look
from libs.jobs.messages import DispatchTask
from libs.jobs.purge import purge
from libs.jobs.retry import requeue
from libs.jobs.roll_call import RollCall, call_roll
from libs.jobs.sources import SourceRefused
from libs.telemetry.catalogue import JOB_STILLNESS

#: Attempts that a copy sent on a guess has spent at most; it is to have some of its own.
_MOST_SPENT = 2
#: Guesses that double the wait for the next one.
_MOST_DOUBLINGS = 4
#: Seconds a dispatcher steps back while the file queue is above its high-water mark.
_STEP_BACK = 1.0

_log = structlog.get_logger(__name__)


class FileQueue(Outbox, Protocol):
    """Where file tasks go, and how many there are."""

    async def length(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What a turn takes. ``backlog`` is the high-water mark of the file queue, ``watch_seconds`` the time
    between two looks, ``stalled_seconds`` how long nothing may move before pending files are sent again,
    ``blocked_seconds`` how long the engine may refuse every worker before the job is given up. ``roll_call``
    knows which processes count for a job.
    """

    jobs: Jobs
    files: Files
    queue: FileQueue
    notify_queue: WorkQueue
    expander: Expander
    backlog: int
    watch_seconds: float
    stalled_seconds: float
    blocked_seconds: float = math.inf
    roll_call: RollCall = field(default_factory=RollCall)


@dataclass(frozen=True, slots=True)
class Again:
    """The job's message goes to the back of the line as ``task``, visible after ``delay`` seconds."""

    task: DispatchTask
    delay: float


@dataclass(frozen=True, slots=True)
class Over:
    """The job has ended or is gone: its message may go."""


TurnEnd = Again | Over


async def take_turn(dispatch: Dispatch, task: DispatchTask, held: Held | None = None) -> TurnEnd:
    """One turn, with the message ``held`` if there is one; it is over for all but one message of a job.

    Storage errors are the caller's: the message comes back, and the next turn goes on.
    """
    if task.action == "purge":
        return await _purge(dispatch, task)
    match await begin_look(dispatch.jobs, dispatch.files, task.job_id, held):
        case Deleted():  # a turn that met the deletion may have left rows
            return await _purge(dispatch, task)
        case Needless():
            return Over()
        case Begun(job=job, row=row):
            return await _go_on(dispatch, task, job, row)


async def _go_on(dispatch: Dispatch, task: DispatchTask, job: JobRow, row: DispatchRow) -> TurnEnd:
    if job.status is JobStatus.QUEUED:
        job = await dispatch.jobs.move(job, JobStatus.PROCESSING)
    if row.retried != job.retries:
        row = await _retry_on(dispatch, job, row)
    if not row.sealed:
        row = await _list_on(dispatch, job, row)
    if row.sealed and row.retried == job.retries:
        return await _watch(dispatch, task)
    if dispatch.roll_call.is_due(job.job_id, dispatch.watch_seconds):
        await _look_amid_the_listing(dispatch, job)
    return Again(task, 0 if await _room(dispatch) >= 0 else _STEP_BACK)


async def _look_amid_the_listing(dispatch: Dispatch, job: JobRow) -> None:
    progress = await dispatch.files.progress(job.job_id)
    _record_stillness(progress)
    await call_roll(dispatch.roll_call, dispatch.jobs, dispatch.files, job.job_id, progress, pending=None)
    await _end_if_blocked(dispatch, job, progress)


async def _purge(dispatch: Dispatch, task: DispatchTask) -> TurnEnd:
    if task.action != "purge":  # its cursor is that of a search for pending files
        task = task.model_copy(update={"behind": ""})
    onward = await purge(dispatch.jobs, dispatch.files, task)
    return Over() if onward is None else Again(onward, 0)


async def _retry_on(dispatch: Dispatch, job: JobRow, row: DispatchRow) -> DispatchRow:
    if job.status is JobStatus.CANCELLING:  # nothing of it waits for room; what failed stays failed
        return await dispatch.files.retried(job.job_id, row, job.retries)
    if await _room(dispatch) < 0:
        return row
    return await requeue(dispatch.files, dispatch.queue, job, row)


async def _list_on(dispatch: Dispatch, job: JobRow, row: DispatchRow) -> DispatchRow:
    if job.status is JobStatus.CANCELLING:
        return await dispatch.files.advance(job.job_id, row, None, sealed=True, cut=True)
    room = await _room(dispatch)
    if room < 0:
        return row
    began, first = time.monotonic(), row.slice == 0
    try:
        row = await expand_slice(dispatch.expander, job, row, room)
    except NotFound:
        await _give_up(dispatch, job, f"the source container {job.source_container!r} is no longer there")
        return row
    except SourceRefused as error:
        await _give_up(dispatch, job, f"the source cannot be listed: {error}")
        return row
    except StorageRejected as error:
        await _give_up(dispatch, job, f"storage refuses what listing the job takes: {error}")
        return row
    listed = sum(row.totals.values())
    if first:
        _log.info(f"Batch job {job.job_id} started: Queuing {listed} files", job_id=job.job_id, files=listed)
    _log.info(
        "slice expanded",
        job_id=job.job_id,
        slice=row.slice,
        listed=listed,
        sealed=row.sealed,
        seconds=round(time.monotonic() - began, 3),
    )
    return row


async def _room(dispatch: Dispatch) -> int:
    """File tasks that may still be made before the queue is above its high-water mark; negative: above it."""
    return dispatch.backlog - await dispatch.queue.length()


async def _give_up(dispatch: Dispatch, job: JobRow, error: str) -> None:
    """A fatal error: what is listed is settled without translating, and the job ends as failed."""
    _log.error("job is given up", job_id=job.job_id, error=error)
    try:
        await dispatch.jobs.move(job, JobStatus.CANCELLING, error)
    except Conflict:
        _log.info("job changed meanwhile; the next turn decides", job_id=job.job_id)


async def _end_if_blocked(dispatch: Dispatch, job: JobRow, progress: Progress) -> bool:
    """Give the job up if its engine has refused every worker for too long."""
    why = blockade(job, progress, dispatch.blocked_seconds) if job.status is JobStatus.PROCESSING else None
    if why is not None:
        await _give_up(dispatch, job, why)
    return why is not None


async def _watch(dispatch: Dispatch, task: DispatchTask) -> TurnEnd:
    job_id = task.job_id
    # The length comes first: a queue that was empty before files were seen pending had no message of theirs.
    length = await dispatch.queue.length()
    found = await look(dispatch.jobs, dispatch.files, dispatch.notify_queue, job_id)
    job, progress = found.job, found.progress
    if job is None or job.status.ended:
        return Over()
    if progress is None:  # the job was opened again this moment
        return Again(task, 0)
    log_progress(job_id, progress)
    _record_stillness(progress)
    pending = progress.pending
    await call_roll(dispatch.roll_call, dispatch.jobs, dispatch.files, job_id, progress, pending=pending)
    if await _end_if_blocked(dispatch, job, progress):
        return Again(task, 0)
    is_lost = length == 0 or _is_stalled(dispatch, task, progress, length)
    if progress.pending and (is_lost or task.behind):
        task = await _send_again(dispatch, task, progress, is_guess=length > 0)
    return Again(task, 0 if task.behind else dispatch.watch_seconds)


async def _send_again(
    dispatch: Dispatch, task: DispatchTask, progress: Progress, *, is_guess: bool
) -> DispatchTask:
    """Send pending files again. On a guess, a file's message may be there still: what it has been through
    counts for its copy too, up to a bound, for perhaps it has only waited.

    In a large job they are looked for in several turns, each of which sends what it finds.
    """
    guesses = _guesses(task, progress) + is_guess
    rows, behind = await dispatch.files.search_pending(task.job_id, task.behind or None)
    if len(rows) >= QUERY_PAGE:
        behind = None  # enough for now: the next search begins with those that are pending still
    if rows:
        _log.warning("pending files are sent again", job_id=task.job_id, files=len(rows), on_a_guess=is_guess)
    await send_tasks(dispatch.queue, task.job_id, rows, again=True, attempts=min(guesses, _MOST_SPENT))
    if behind is not None:
        return task.model_copy(update={"behind": behind})
    return task.model_copy(update={"behind": "", "resent_at": utc_now(), "guesses": guesses})


def _record_stillness(progress: Progress) -> None:
    if progress.updated_at:  # else it was purged meanwhile
        JOB_STILLNESS.record(_seconds_since(progress.updated_at))


def _is_stalled(dispatch: Dispatch, task: DispatchTask, progress: Progress, length: int) -> bool:
    """Whether nothing has moved for so long that messages may be missing. Where there is no worker, more
    messages help nobody: each guess waits twice as long as the one before, and none overfills the queue.
    """
    patience = dispatch.stalled_seconds * 2 ** min(_guesses(task, progress), _MOST_DOUBLINGS)
    return length <= dispatch.backlog and _seconds_since(max(_moved_at(progress), task.resent_at)) > patience


def _guesses(task: DispatchTask, progress: Progress) -> int:
    """How often was guessed since something moved."""
    return task.guesses if task.resent_at > _moved_at(progress) else 0


def _moved_at(progress: Progress) -> str:
    """A file that takes long is no lost one while its engine is said to be at work."""
    return max(progress.updated_at, progress.working_at)


def _seconds_since(moment: str) -> float:
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
