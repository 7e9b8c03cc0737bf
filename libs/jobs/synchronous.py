"""Synchronous mode: one process expands, translates and closes a job, with the flows and the ledger of all.

There is no queue between, so there are no dead letters: a given-up file is a failed row. A process that dies
leaves an open job, which a dispatcher's sweep would take up like any other.
"""

import asyncio
from dataclasses import dataclass

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger.commits import Commits
from libs.common.ledger.records import JobRow, JobStatus
from libs.jobs.attempt import Attempt
from libs.jobs.close import close_if_finished
from libs.jobs.endings import Abandoned, Ended, Stale, TryLater
from libs.jobs.expand import Expander, expand_slice
from libs.jobs.messages import FileTask, decode
from libs.jobs.retry import requeue
from libs.translation.concurrency import each

#: File tasks made and translated at a time.
_SLICE_TASKS = 200
#: Pause between two looks at a job that others hold up (seconds).
_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class InProcess:
    """Runs whole jobs, ``files_at_once`` of their files at a time."""

    deployment: Deployment
    attempt: Attempt
    commits: Commits
    files_at_once: int

    async def run(self, job: JobRow) -> JobRow:
        """Run an accepted or reopened job and give it ended."""
        jobs, files = self.deployment.jobs, self.deployment.files
        dispatch = await files.begin(job.job_id)
        job = await jobs.move(job, JobStatus.PROCESSING)
        while dispatch.retried != job.retries:
            outbox = _Hands()
            dispatch = await requeue(files, outbox, job, dispatch)
            await each(self._translate, outbox.tasks, at_once=self.files_at_once)
        while not dispatch.sealed:
            outbox = _Hands()
            expander = Expander(files, self.deployment.blobs, outbox, _SLICE_TASKS)
            dispatch = await expand_slice(expander, job, dispatch)
            await each(self._translate, outbox.tasks, at_once=self.files_at_once)
            await jobs.looked_at(job.job_id)
        return await self._closed(job.job_id)

    async def _translate(self, task: FileTask) -> None:
        deliveries = 1
        while True:
            match await self.attempt.ending(task, _Held(deliveries)):
                case Ended(end):
                    await self.commits.record(task.job_id, end)
                    return
                case TryLater(delay=delay, attempt_spent=attempt_spent):
                    await asyncio.sleep(delay)
                    task = task.released(attempt_spent=attempt_spent)
                    deliveries += 1
                case Stale() | Abandoned():
                    return

    async def _closed(self, job_id: str) -> JobRow:
        while True:
            job = await close_if_finished(self.deployment.jobs, self.deployment.files, job_id)
            if job is None:
                raise StorageUnavailable(f"job {job_id} is gone")
            if job.status.ended:
                return job
            await asyncio.sleep(_PAUSE)


class _Hands:
    """Takes file tasks as the queue would, and keeps them."""

    def __init__(self) -> None:
        self.tasks: list[FileTask] = []

    async def send(self, body: str) -> None:
        self.tasks.append(decode(FileTask, body))


@dataclass(frozen=True, slots=True)
class _Held:
    """Nobody else can take the task from us."""

    deliveries: int
    held: bool = True
