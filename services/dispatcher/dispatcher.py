"""The dispatcher: take a turn → slice (or watch) → back of the line.

Each running job has one message in the dispatch queue. Whoever receives it takes one turn for the job and
puts the message back, so that jobs take turns however large they are.
"""

import asyncio

import structlog

from libs.common.errors import AppError, RowUnreadable
from libs.common.settings import DispatcherSettings
from libs.common.storage.leases import Lease, LeaseKeeper
from libs.common.storage.queues import WorkQueue
from libs.jobs.look import Held
from libs.jobs.messages import DispatchTask, decode
from libs.jobs.turn import Again, Dispatch, Over, TurnEnd, take_turn
from libs.telemetry.tracing import entered
from services.dispatcher.line import Line
from services.dispatcher.receiver import Receiver

#: Turns one dispatcher takes at the same time: one slow listing does not hold up the other jobs.
_TURNS = 4
#: A stopping dispatcher lets turns end for this long (seconds); a turn is a few seconds of work.
_DRAIN_SECONDS = 6.0
#: Times that a job in hand is stamped before the sweep would take it for lost.
_STAMPS = 3.0

_log = structlog.get_logger(__name__)


class Dispatcher:
    """Takes turns. Made and run by ``services.dispatcher.__main__``."""

    def __init__(
        self,
        settings: DispatcherSettings,
        queue: WorkQueue,
        leases: LeaseKeeper,
        dispatch: Dispatch,
        line: Line,
    ) -> None:
        self._leases, self._line = leases, line
        self._dispatch = dispatch
        self._stamp_every = settings.sweep_after / _STAMPS
        self._receiver = Receiver(
            queue,
            leases,
            self._take,
            settings.visibility_timeout,
            at_once=_TURNS,
            drain=_DRAIN_SECONDS,
            found_nothing=line.was_empty,
            could_not_ask=line.could_not_ask,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Take turns until ``stop`` is set, then let those under way end."""
        _log.info("Dispatcher started")
        await self._receiver.run(stop)
        _log.info("Dispatcher stopped")

    async def _take(self, lease: Lease) -> None:
        task = decode(DispatchTask, lease.body)
        structlog.contextvars.bind_contextvars(job_id=task.job_id)
        with entered("turn", task.traceparent, attributes={"job_id": task.job_id}):
            match await self._turn(lease, task):
                case Again(task=again, delay=delay):
                    due = again.model_copy(update={"due_at": lease.service_time() + delay})
                    await self._leases.release(lease, delay, due.encode())
                case Over():
                    await self._leases.delete(lease)

    async def _turn(self, lease: Lease, task: DispatchTask) -> TurnEnd:
        late = lease.received_at - (task.due_at or lease.sent_at)
        self._line.received(late)
        stretch = self._line.stretched(task.stretch, late)
        task = task.model_copy(update={"stretch": stretch})
        stamping = asyncio.create_task(self._stamp(task.job_id))
        try:
            end = await take_turn(
                self._dispatch, task, Held(lease.id, self._dispatch.watch_seconds + stretch)
            )
        except RowUnreadable:  # a newer version's, which is at work beside this one; the log has it once
            end = Again(task, self._dispatch.watch_seconds)
        finally:
            stamping.cancel()
            await asyncio.gather(stamping, return_exceptions=True)
        if isinstance(end, Again):
            return Again(end.task, self._line.lengthened(end.delay, stretch))
        return end

    async def _stamp(self, job_id: str) -> None:
        """A turn may take long; its job is not lost meanwhile."""
        while True:
            await asyncio.sleep(self._stamp_every)
            try:
                await self._dispatch.jobs.open.stamp(job_id)
            except AppError as error:
                _log.info("job in hand not stamped", job_id=job_id, error=str(error))
