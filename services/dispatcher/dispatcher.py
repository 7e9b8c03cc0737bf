"""The dispatcher: take a turn → slice (or watch) → back of the line.

Each running job has one message in the dispatch queue. Whoever receives it takes one turn for the job and
puts the message back, so that jobs take turns however large they are.
"""

import asyncio

import structlog

from libs.common.settings import DispatcherSettings
from libs.common.storage.leases import Lease, LeaseKeeper
from libs.common.storage.queues import WorkQueue
from libs.jobs.messages import DispatchTask, decode
from libs.jobs.turn import Again, Dispatch, Over, take_turn
from libs.telemetry.tracing import entered
from services.dispatcher.receiver import Receiver

#: Turns one dispatcher takes at the same time: one slow listing does not hold up the other jobs.
_TURNS = 4
#: A stopping dispatcher lets turns end for this long (seconds); a turn is a few seconds of work.
_DRAIN_SECONDS = 8.0

_log = structlog.get_logger(__name__)


class Dispatcher:
    """Takes turns. Made and run by ``services.dispatcher.__main__``."""

    def __init__(
        self, settings: DispatcherSettings, queue: WorkQueue, leases: LeaseKeeper, dispatch: Dispatch
    ) -> None:
        self._leases = leases
        self._dispatch = dispatch
        self._receiver = Receiver(
            queue, leases, self._take, settings.visibility_timeout, at_once=_TURNS, drain=_DRAIN_SECONDS
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
            match await take_turn(self._dispatch, task):
                case Again(task=again, delay=delay):
                    await self._leases.release(lease, delay, again.encode())
                case Over():
                    await self._leases.delete(lease)
