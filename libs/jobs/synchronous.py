"""Synchronous mode: one process takes a job's turns, translates and closes it, with the flows of all.

There is no queue between, so there are no dead letters: a given-up file is a failed row. A process that dies
leaves an open job, which a dispatcher's sweep would take up like any other.
"""

import asyncio
import math
import time
from dataclasses import dataclass

from libs.common.deployment import Deployment
from libs.common.errors import AppError, StorageUnavailable
from libs.common.ledger.commits import CommitResult, Commits
from libs.common.ledger.records import JobRow
from libs.jobs.attempt import Attempt
from libs.jobs.endings import Abandoned, Ended, Stale, TryLater, failed
from libs.jobs.expand import Expander
from libs.jobs.messages import DispatchTask, FileTask, decode
from libs.jobs.observing import count_file, file_at_work, mark
from libs.jobs.turn import Dispatch, Over, take_turn
from libs.telemetry.stages import stage
from libs.translation.concurrency import each

#: File tasks made and translated at a time.
_SLICE_TASKS = 200
#: Longest time a file is tried again for, where nothing spends its attempts (seconds).
_PATIENCE = 300.0
#: Turns that may fail one after the other, and the pause between them (seconds).
_MOST_FAILURES, _PAUSE = 10, 1.0


@dataclass(frozen=True, slots=True)
class InProcess:
    """Runs whole jobs, ``files_at_once`` of their files at a time."""

    deployment: Deployment
    attempt: Attempt
    commits: Commits
    files_at_once: int

    async def run(self, job: JobRow) -> JobRow:
        """Run an accepted or reopened job and give it ended. `StorageUnavailable`: it stays open."""
        hands = _Hands()
        dispatch = self._dispatch(hands)
        task = DispatchTask(job_id=job.job_id)
        failures = 0
        while True:
            try:
                over = isinstance(await take_turn(dispatch, task), Over)
            except AppError:
                failures += 1
                if failures == _MOST_FAILURES:
                    raise
                await asyncio.sleep(_PAUSE)
                continue
            if over:
                return await self._ended(job)
            failures = 0
            await each(self._translate, hands.empty(), at_once=self.files_at_once)

    def _dispatch(self, hands: "_Hands") -> Dispatch:
        return Dispatch(
            jobs=self.deployment.jobs,
            files=self.deployment.files,
            queue=hands,
            notify_queue=self.deployment.notify_queue,
            expander=Expander(self.deployment.files, self.deployment.blobs, hands, _SLICE_TASKS),
            backlog=_SLICE_TASKS,
            watch_seconds=0,
            # Its queue is a list of its own: nothing gets lost there, so only an empty one tells of a loss.
            stalled_seconds=math.inf,
        )

    async def _ended(self, job: JobRow) -> JobRow:
        found = await self.deployment.jobs.get(job.job_id)
        if found is None:
            raise StorageUnavailable(f"job {job.job_id} was deleted meanwhile")
        return found

    async def _translate(self, task: FileTask) -> None:
        with file_at_work(task, waited=None):
            await self._translated(task)

    async def _translated(self, task: FileTask) -> None:
        deadline, deliveries = time.monotonic() + _PATIENCE, 1
        while True:
            ending = await self.attempt.ending(task, _Held(deliveries))
            if isinstance(ending, TryLater) and time.monotonic() > deadline:
                ending = failed(task, "given_up", ending.reason)
            mark(ending)
            match ending:
                case Ended(end):
                    with stage("commit"):
                        result = await self.commits.record(task.job_id, end)
                    if result is CommitResult.COUNTED:
                        count_file(task.name, end.status)
                    return
                case TryLater(delay=delay, attempt_spent=attempt_spent, trouble=trouble):
                    await asyncio.sleep(min(delay, _PATIENCE))
                    task = task.released(attempt_spent=attempt_spent, trouble=trouble)
                    deliveries += 1
                case Stale() | Abandoned():
                    return


class _Hands:
    """Takes file tasks as the queue would, and keeps them until they are asked for."""

    def __init__(self) -> None:
        self._tasks: list[FileTask] = []

    async def send(self, body: str, *, again: str | None = None) -> None:  # noqa: ARG002 - no reply is lost
        self._tasks.append(decode(FileTask, body))

    async def length(self) -> int:
        return len(self._tasks)

    def empty(self) -> list[FileTask]:
        tasks, self._tasks = self._tasks, []
        return tasks


@dataclass(frozen=True, slots=True)
class _Held:
    """Nobody else can take the task from us."""

    deliveries: int

    async def confirmed(self) -> bool:
        return True
