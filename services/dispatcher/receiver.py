"""The loop around a queue: receive → serve under a lease, a few at a time → what went wrong goes back."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from libs.common.errors import AppError
from libs.common.storage.leases import Lease, LeaseKeeper
from libs.common.storage.queues import Received, WorkQueue
from libs.jobs.messages import Undecodable
from libs.jobs.settle import settle_undecodable

#: Pauses between two looks into the queue (seconds). With the sweep's read a minute and the census' seven in
#: two, the longest keeps an idle dispatcher below a storage call in two seconds.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 2.4
#: A message whose turn met an error is taken again after this time (seconds).
_AFTER_ERROR = 5.0
#: How long a stopping receiver waits for the page under way, and a turn that is broken off for its message to
#: go back (seconds). A message that does not comes back by itself, when it is visible again.
_LAST_PAGE_SECONDS, _BREAK_OFF_SECONDS = 1.0, 2.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Receiver:
    """``serve`` takes one turn with a message and settles it; it raises `Undecodable` for one that is none of
    ours. ``at_once`` bounds the turns under way, ``visibility`` and ``drain`` are in seconds: how long a
    message is ours, and how long a stopping receiver lets turns end. ``found_nothing`` is called each time
    that no message waits, ``could_not_ask`` each time that storage gives no answer.
    """

    queue: WorkQueue
    leases: LeaseKeeper
    serve: Callable[[Lease], Awaitable[None]]
    visibility: int
    at_once: int
    drain: float
    found_nothing: Callable[[], None] = lambda: None
    could_not_ask: Callable[[], None] = lambda: None
    _turns: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Take turns until ``stop`` is set, then let those under way end. No turn outlives it."""
        stopped = asyncio.create_task(stop.wait())
        try:
            await self._serve(stop, stopped)
            if self._turns:
                await asyncio.wait(self._turns, timeout=self.drain)
        finally:
            for task in (stopped, *self._turns):
                task.cancel()
            await asyncio.gather(stopped, *self._turns, return_exceptions=True)

    async def _serve(self, stop: asyncio.Event, stopped: asyncio.Task[bool]) -> None:
        pause = _SHORTEST_PAUSE
        while not stop.is_set():
            if await self._receive(stopped) or await self._turn_ended(stopped, pause):
                pause = _SHORTEST_PAUSE
            else:
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _turn_ended(self, stopped: asyncio.Task[bool], pause: float) -> bool:
        """Wait for ``pause`` seconds at most. True: a turn ended, and its message may be next in line."""
        ended, _ = await asyncio.wait(
            {stopped, *self._turns}, timeout=pause, return_when=asyncio.FIRST_COMPLETED
        )
        return bool(ended)

    async def _receive(self, stopped: asyncio.Task[bool]) -> bool:
        free = self.at_once - len(self._turns)
        if free == 0:
            return False
        messages = await self._page(free, stopped)
        for message in messages:
            turn = asyncio.create_task(self._turn(message))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)
        return bool(messages)

    async def _page(self, most: int, stopped: asyncio.Task[bool]) -> list[Received]:
        page = asyncio.create_task(self.queue.receive(most, self.visibility))
        try:
            await asyncio.wait({page, stopped}, return_when=asyncio.FIRST_COMPLETED)
            # What it receives is ours already, so it gets a moment; later it comes back by itself.
            await asyncio.wait({page}, timeout=_LAST_PAGE_SECONDS)
            messages = page.result() if page.done() else []
        except AppError as error:
            _log.warning("nothing received", error=str(error))
            self.could_not_ask()
            return []
        except Exception:  # noqa: BLE001 - an answer that cannot be read must not end the dispatcher
            _log.exception("nothing received")
            return []
        finally:
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)
        if not messages and not stopped.done():
            self.found_nothing()
        return messages

    async def _turn(self, message: Received) -> None:
        lease = self.leases.keep(message)
        try:
            await self.serve(lease)
        except Undecodable as fault:
            await self._bury(lease, str(fault))
        except AppError as error:
            # Never given up for that, however often: the next turn goes on where this one was.
            _log.warning("turn ended early", error=str(error))
            await self._step_back(lease)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(_BREAK_OFF_SECONDS):
                    await self._step_back(lease)
            raise
        except Exception:  # noqa: BLE001 - one job's trouble must not stop the others
            _log.exception("turn failed")
            await self._step_back(lease)

    async def _bury(self, lease: Lease, error: str) -> None:
        try:
            await settle_undecodable(self.queue, self.leases, lease, error)
        except AppError as fault:
            _log.warning("not buried; it comes back", error=str(fault))
            self.leases.abandon(lease)

    async def _step_back(self, lease: Lease) -> None:
        try:
            await self.leases.release(lease, _AFTER_ERROR)
        except AppError as error:
            _log.warning("message not released; it comes back by itself", error=str(error))
