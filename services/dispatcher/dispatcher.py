"""The dispatcher: take a turn → slice (or watch) → back of the line. Beside it, the sweep.

Each running job has one message in the dispatch queue. Whoever receives it takes one turn for the job and
puts the message back, so that jobs take turns however large they are.
"""

import asyncio

import structlog

from libs.common.errors import AppError
from libs.common.runtime.process import wait_first
from libs.common.settings import DispatcherSettings
from libs.common.storage.leases import Lease, LeaseKeeper
from libs.common.storage.queues import Received, WorkQueue
from libs.jobs.messages import DispatchTask, Undecodable, decode
from libs.jobs.settle import settle_undecodable
from libs.jobs.turn import Again, Dispatch, Over, take_turn

#: Turns one dispatcher takes at the same time: one slow listing does not hold up the other jobs.
_TURNS = 4
#: Pauses between two looks into the queue (seconds).
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
#: A turn that met an error is taken again after this time (seconds).
_AFTER_ERROR = 5.0
#: A stopping dispatcher lets turns end for this long (seconds); a turn is a few seconds of work.
_DRAIN_SECONDS = 8.0

_log = structlog.get_logger(__name__)


class Dispatcher:
    """Takes turns. Made and run by ``services.dispatcher.__main__``."""

    def __init__(
        self, settings: DispatcherSettings, queue: WorkQueue, leases: LeaseKeeper, dispatch: Dispatch
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._leases = leases
        self._dispatch = dispatch
        self._turns: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Take turns until ``stop`` is set, then let those under way end."""
        _log.info("Dispatcher started")
        pause = _SHORTEST_PAUSE
        while not stop.is_set():
            if await self._receive():
                pause = _SHORTEST_PAUSE
            else:
                await wait_first(stop, pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        if self._turns:
            await asyncio.wait(self._turns, timeout=_DRAIN_SECONDS)
        for turn in self._turns:
            turn.cancel()
        await asyncio.gather(*self._turns, return_exceptions=True)
        _log.info("Dispatcher stopped")

    async def _receive(self) -> bool:
        free = _TURNS - len(self._turns)
        if free == 0:
            return False
        try:
            messages = await self._queue.receive(free, self._settings.visibility_timeout)
        except AppError as error:
            _log.warning("nothing received", error=str(error))
            return False
        for message in messages:
            turn = asyncio.create_task(self._turn(message))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)
        return bool(messages)

    async def _turn(self, message: Received) -> None:
        lease = self._leases.keep(message)
        try:
            await self._take(lease)
        except Undecodable as fault:
            await self._bury(lease, str(fault))
        except AppError as error:
            # Never given up while the job runs, however often: the next turn goes on where this one was.
            _log.warning("turn ended early", error=str(error))
            await self._step_back(lease)
        except asyncio.CancelledError:
            await self._step_back(lease)
            raise
        except Exception:  # noqa: BLE001 - one job's trouble must not stop the others
            _log.exception("turn failed")
            await self._step_back(lease)

    async def _take(self, lease: Lease) -> None:
        task = decode(DispatchTask, lease.body)
        structlog.contextvars.bind_contextvars(job_id=task.job_id)
        match await take_turn(self._dispatch, task):
            case Again(task=again, delay=delay):
                await self._leases.release(lease, delay, again.encode())
            case Over():
                await self._leases.delete(lease)

    async def _bury(self, lease: Lease, error: str) -> None:
        try:
            await settle_undecodable(self._queue, self._leases, lease, error)
        except AppError as fault:
            _log.warning("not buried; it comes back", error=str(fault))
            self._leases.abandon(lease)

    async def _step_back(self, lease: Lease) -> None:
        try:
            await self._leases.release(lease, _AFTER_ERROR)
        except AppError as error:
            _log.warning("message not released; it comes back by itself", error=str(error))
