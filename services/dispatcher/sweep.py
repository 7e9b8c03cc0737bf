"""The sweep: finds open jobs that nobody looks at (their message was never sent, or got lost).

A job whose message only waits in a long line is not lost: the sweep waits for as long as messages are late.
And it sends none while the queue holds two for each open job, so it never feeds on a line of its own making.

Whether a job was looked at is told by the version of its ``~open`` row, and for how long by our own
monotonic clock, so clocks that disagree between pods do no harm.
"""

import asyncio

import structlog

from libs.common.ledger.jobs import Jobs
from libs.common.ledger.open_jobs import OpenJob
from libs.common.settings import DispatcherSettings
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import DispatchTask
from libs.jobs.standing import Standing
from libs.translation.concurrency import each
from services.dispatcher.line import Line
from services.dispatcher.rounds import keep_rounds

#: Dispatch messages that the queue holds for each open job at most before the sweep sends none.
_MOST_MESSAGES = 2
#: Jobs taken up at the same time: an operator may have cleared the queue of ten thousand.
_AT_ONCE = 8

_log = structlog.get_logger(__name__)


class Sweep:
    """Sends a message for each job that is overdue by ``sweep_after`` and what messages are late by."""

    def __init__(self, settings: DispatcherSettings, jobs: Jobs, queue: WorkQueue, line: Line) -> None:
        self._every = settings.sweep_interval
        self._after = settings.sweep_after
        self._jobs = jobs
        self._queue = queue
        self._line = line
        self._standing = Standing()

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until ``stop`` is set."""
        await keep_rounds("sweep", self.sweep, lambda: self._every, stop)

    async def sweep(self) -> int:
        """One sweep; gives how many jobs were taken up again."""
        open_jobs = {job.job_id: job async for job in self._jobs.open.all()}
        stood = self._standing.look({job_id: job.version for job_id, job in open_jobs.items()})
        patience = self._after + self._line.lateness
        lost = [job for job in open_jobs.values() if stood[job.job_id] >= patience + job.again_in]
        if not lost:
            return 0
        room = max(0, _MOST_MESSAGES * len(open_jobs) - await self._queue.length())
        if room < len(lost):
            _log.warning("not all jobs are taken up again", lost=len(lost), room=room)
        return sum(await each(self._take_up, lost[:room], at_once=_AT_ONCE))

    async def _take_up(self, job: OpenJob) -> bool:
        # The row comes first and under the version seen: of several dispatchers one sends.
        if not await self._jobs.open.let_go(job):
            return False
        await self._queue.send(DispatchTask(job_id=job.job_id).encode())
        _log.warning("open job taken up again", job_id=job.job_id)
        return True
