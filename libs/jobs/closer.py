"""The closer: a process looks after its commits whether a job is finished, as often as its `Outlook` says."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from libs.common.errors import AppError
from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.storage.queues import WorkQueue
from libs.jobs import outlook
from libs.jobs.close import look
from libs.jobs.outlook import Outlook

#: Jobs whose outlook is kept, in the order of their use; one that is dropped begins with a glance.
_MOST_JOBS = 256

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Job:
    outlook: Outlook
    task: asyncio.Task[None] | None = None

    @property
    def is_due(self) -> bool:
        return self.task is not None and not self.task.done()


class Closer:
    """Looks after commits of this process, and once more after the last of them."""

    def __init__(
        self,
        jobs: Jobs,
        files: Files,
        notify_queue: WorkQueue,
        group: asyncio.TaskGroup,
        ended: Callable[[str], None],
    ) -> None:
        self._jobs, self._files, self._notify_queue = jobs, files, notify_queue
        self._group, self._ended = group, ended
        self._kept: dict[str, _Job] = {}
        self._is_stopping = False

    def committed(self, job_id: str) -> None:
        """Something of the job was committed: look whether it is finished, now or a little later."""
        job = self._kept.pop(job_id, None) or _Job(Outlook(time.monotonic()))
        self._kept[job_id] = job
        self._forget_one()
        job.outlook.ended(time.monotonic())
        if not job.is_due:
            job.task = self._group.create_task(self._check(job_id, job.outlook), name=f"closer {job_id}")

    def _forget_one(self) -> None:
        """Make room: the job that nothing is due for and that was used longest ago goes."""
        if len(self._kept) > _MOST_JOBS:
            idle = (job_id for job_id, job in self._kept.items() if not job.is_due)
            self._kept.pop(next(idle, ""), None)

    def stop(self) -> None:
        for job in self._kept.values():
            if job.task is not None:
                job.task.cancel()

    async def last_look(self) -> None:
        """Take the looks that are due (a stopping process owes them), but for jobs whose end is far."""
        self._is_stopping = True
        await asyncio.gather(*(job.task for job in self._kept.values() if job.task is not None))

    async def _check(self, job_id: str, seen: Outlook) -> None:
        structlog.contextvars.unbind_contextvars("file")  # the look is for the whole job
        while seen.owes:
            wait = seen.next_at - time.monotonic()
            if self._is_stopping and seen.is_large and not seen.is_near:
                return
            if wait > 0 and not self._is_stopping:
                # A commit meanwhile may bring the next look nearer.
                await asyncio.sleep(min(wait, outlook.CHECK_EVERY))
                continue
            try:
                if await self._has_ended(job_id, seen):
                    self._kept.pop(job_id, None)
                    self._ended(job_id)
                    return
            except AppError as error:
                # The dispatcher's watch looks again; a worker need not insist.
                _log.info("closing check failed", job_id=job_id, error=str(error))
                return
            except Exception:  # noqa: BLE001 - one job's trouble must not end the process with all its files
                _log.exception("closing check failed", job_id=job_id)
                return

    async def _has_ended(self, job_id: str, seen: Outlook) -> bool:
        """A glance, and a look where that is called for."""
        if not seen.is_near or seen.look_at > time.monotonic():
            sight = await self._jobs.sights.read(job_id)
            if sight is None:
                return True
            seen.glanced(sight, time.monotonic())
            if seen.look_at > time.monotonic() and not self._is_stopping:
                return False
        seen.looks(time.monotonic())
        found = await look(self._jobs, self._files, self._notify_queue, job_id)
        seen.looked(found.progress)
        return found.job is None or found.job.status.ended


@asynccontextmanager
async def open_closer(
    jobs: Jobs, files: Files, notify_queue: WorkQueue, ended: Callable[[str], None]
) -> AsyncIterator[Closer]:
    """A closer whose looks end with the block. It calls ``ended`` with the id of each ended job."""
    async with asyncio.TaskGroup() as group:
        closer = Closer(jobs, files, notify_queue, group, ended)
        try:
            yield closer
        finally:
            closer.stop()
