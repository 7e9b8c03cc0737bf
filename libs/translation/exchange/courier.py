"""Requests on their way: sent when the pace has room, and their answers judged before anybody has them."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from libs.telemetry.catalogue import ENGINE_CHARACTERS
from libs.translation.engines.engine import Engine, InRounds, Limits, Translated, Wish
from libs.translation.errors import (
    EngineBlocked,
    EngineThrottled,
    EngineTooSlow,
    EngineUnavailable,
    PermanentFault,
)
from libs.translation.exchange.asks import Ask, Known, Withdrawn
from libs.translation.exchange.integrity import excerpt, is_empty, is_whole
from libs.translation.exchange.pace import Pace
from libs.translation.exchange.packer import Batch, Packer, Wait
from libs.translation.exchange.request import request_to
from libs.translation.exchange.size import Size
from libs.translation.protocols import Allowance
from libs.translation.segments import Segment

#: Longest time a segment waits for others to fill its request (seconds), and as a share of the engine's own
#: time: where the engine answers at once nothing is won by waiting.
LONGEST_WAIT, _WAIT_SHARE = 0.015, 0.1
#: While a request that had room is on its way, the next waits for its return, so long at most (seconds): what
#: comes meanwhile goes in one (as Nagle's algorithm has it for small packets).
LONGEST_HOLD = 0.5
#: Seconds of nothing but complaints about our speed after which the files are told.
PATIENCE = 600.0
#: A request that was refused as too fast so many times goes on in halves: it may be more than a small quota
#: ever has at once.
_THROTTLES_A_HALVING = 3
#: So many times in a row requests without an answer are halved while nothing at all comes through; then the
#: size is not the cause, and the files are given back.
_HALVINGS_IN_VAIN = 3


@dataclass(frozen=True, slots=True)
class Means:
    """What a courier works with. ``answered`` is given what came back whole."""

    engine: Engine
    seconds: float
    allowance: Allowance | None
    answered: Callable[[Sequence[Ask]], None]


class Courier:
    """Owns every request. ``in_company``: whether another file may join a request that waits a moment."""

    def __init__(self, means: Means, pace: Pace, in_company: Callable[[], bool]) -> None:
        self._means, self._engine, self._pace, self._in_company = means, means.engine, pace, in_company
        self._packer = Packer(means.engine.limits)
        self._rounds = means.engine.rounds if isinstance(means.engine, InRounds) else _one_round
        self._size = Size()
        self._slowed_at, self._in_vain = -math.inf, 0
        self._latency = LONGEST_WAIT / _WAIT_SHARE
        self._requests: set[asyncio.Task[None]] = set()
        self._roomy: Counter[Wish] = Counter()  # on their way, and had room
        self._pumping: asyncio.Handle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def limits(self) -> Limits:
        """What a request may hold at this moment. One larger than the allowance likes would wait long and go
        all at once.
        """
        limits = self._size.of(self._engine.limits)
        if self._means.allowance is None:
            return limits
        return Limits(limits.elements, min(limits.units, self._means.allowance.largest))

    def send(self, asks: Sequence[Ask]) -> None:
        """Asks of one file and one wish. Raises `EngineUnavailable` when closed."""
        if self._closed:
            raise EngineUnavailable("the engine is closed")
        if not (self._requests or self._packer):
            self._pace.begin()
        self._packer.put(asks, _now())
        self._pump_soon()

    async def close(self) -> None:
        """Give up what is in flight."""
        self._closed = True
        for handle in (self._pumping, self._alarm):
            if handle is not None:
                handle.cancel()
        for request in self._requests:
            request.cancel()
        try:
            await asyncio.gather(*self._requests, return_exceptions=True)
        finally:
            self._settle_waiting(EngineUnavailable("the engine is closed"))

    def _pump_soon(self) -> None:
        """After everybody who asks in this turn of the loop has."""
        if self._pumping is None and not self._closed:
            self._pumping = asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        """Send what can be sent, and be back when more can."""
        self._pumping = None
        if self._closed:
            return
        now = _now()
        self._packer.limits = self.limits
        wait = self._wait if self._in_company() else _no_wait
        while self._pace.has_room() and (batch := self._packer.take(now, wait)):
            if len(batch.asks) > 1 and self._rounds(batch.segments, batch.asks[0].wish) > 1:
                self._packer.put_again(batch.halves())
            else:
                self._start(batch)
        self._set_alarm(now, wait)

    def _start(self, batch: Batch) -> None:
        wish = batch.asks[0].wish
        request = asyncio.create_task(self._carry(batch))
        self._requests.add(request)
        self._pace.in_flight += 1
        self._roomy[wish] += batch.has_room

        def returned(_: object) -> None:
            self._requests.discard(request)
            self._pace.in_flight -= 1
            self._roomy[wish] -= batch.has_room
            if not self._roomy[wish]:
                del self._roomy[wish]
            self._pump_soon()

        request.add_done_callback(returned)

    def _wait(self, wish: Wish) -> float:
        if self._roomy[wish]:
            return min(LONGEST_HOLD, self._latency)
        return min(LONGEST_WAIT, _WAIT_SHARE * self._latency)

    def _set_alarm(self, now: float, wait: Wait) -> None:
        """For when a request is due or a pause is over; a request that ends pumps by itself."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        pause = self._pace.pause
        due = self._packer.next_due(wait)
        if due is not None and (pause or self._pace.has_room()):
            self._alarm = asyncio.get_running_loop().call_later(max(due - now, pause), self._pump)

    async def _carry(self, batch: Batch) -> None:
        """One request. In the end each of its asks is settled or waits again."""
        try:
            answers = await self._asked(batch)
            await self._judge(batch, answers)
        except EngineThrottled as error:
            try:
                await self._complain(batch, error)
            finally:
                self._put_off(batch, error)
        except EngineTooSlow as error:
            self._slowed(batch, error)
        except EngineBlocked as error:
            self._pace.blocked(str(error))
            _settle(batch.asks, error, proven=True)
            self._settle_waiting(error)
        except asyncio.CancelledError:
            _settle(batch.asks, Withdrawn())
            raise
        except Exception as error:  # noqa: BLE001 - whatever an engine raises is its files' to know
            self._failed(batch, error)

    async def _asked(self, batch: Batch) -> list[Translated]:
        if self._means.allowance is not None:
            await self._means.allowance.take(batch.units)
            batch.forget_unwanted()
        batch.sent_at = _now()
        if not batch.asks:
            return []
        callers = {ask.owner for ask in batch.asks}
        segments, wish = batch.segments, batch.asks[0].wish
        seconds = self._means.seconds * self._rounds(segments, wish)
        with request_to(self._engine.name, [caller.span for caller in callers]):
            try:
                async with asyncio.timeout(seconds):
                    answers = await self._engine.translate(segments, wish)
            except TimeoutError as error:
                message = f"{self._engine.name} did not answer in {seconds:g} s"
                raise EngineTooSlow(message) from error
        ENGINE_CHARACTERS.add(sum(answer.characters for answer in answers), self._engine.name)
        took = _now() - batch.sent_at
        self._latency += (took - self._latency) / 8
        self._size.came_through(self._share(batch), took / seconds)
        self._in_vain = 0
        self._pace.succeeded(batch.sent_at)
        return answers

    async def _judge(self, batch: Batch, answers: Sequence[Translated]) -> None:
        if len(answers) == len(batch.asks):
            for ask, done in zip(batch.asks, answers, strict=True):
                await self._consider(ask, done)
            self._means.answered([ask for ask in batch.asks if ask.answer is not None])
        else:  # nobody knows which answer was whose
            message = f"the engine gave {len(answers)} answers for {len(batch.asks)} segments"
            for ask in batch.asks:
                ask.billed += ask.units
                await self._once_more(ask, message)

    async def _consider(self, ask: Ask, done: Translated) -> None:
        ask.billed += done.characters
        known = Known(done.segment, done.detected)
        if self._engine.deterministic or is_whole(ask.segment, done.segment):
            ask.settle(known)
            return
        if ask.answered is None or not is_empty(ask.segment, done.segment):
            ask.answered = known
        await self._once_more(ask, "the engine lost codes")

    async def _once_more(self, ask: Ask, message: str) -> None:
        """Alone, and once; then the better answer is what there is."""
        if ask.tried:
            fault = PermanentFault("segment_mismatch", f"{message}: {excerpt(ask.segment)!r}")
            ask.settle(ask.answered, None if ask.answered else fault, proven=True)
            return
        ask.tried = True
        try:
            await ask.reserve()
        except Exception as error:  # noqa: BLE001 - a purse has its own; what others wait for goes on
            of_use = ask.answered is not None and not is_empty(ask.segment, ask.answered.segment)
            ask.settle(ask.answered if of_use else None, None if of_use else error)
        else:
            self._packer.put_again([Batch([ask])])

    async def _complain(self, batch: Batch, error: EngineThrottled) -> None:
        """All others wait: in this process, and in those that share the allowance, which knows how long."""
        pause = error.wait
        try:
            if self._means.allowance is not None:
                shared = self._means.allowance.throttled(batch.units, _now() - batch.sent_at, error.wait)
                pause = max(pause, await shared)
        finally:
            self._pace.throttled(pause, batch.sent_at)

    def _put_off(self, batch: Batch, error: EngineThrottled) -> None:
        """The request waits with all others; a file that waited for too long is told."""
        now = _now()
        batch.throttles += 1
        batch.throttled_since = batch.throttled_since or now
        told = EngineThrottled(str(error), max(error.wait, self._pace.pause))
        if now - (self._pace.throttled_since or now) > PATIENCE:
            self._settle_waiting(told)
        if now - batch.throttled_since > PATIENCE:
            _settle(batch.asks, told, proven=True)
        else:
            halve = batch.throttles % _THROTTLES_A_HALVING == 0
            self._packer.put_again(batch.halves() if halve else [batch])

    def _slowed(self, batch: Batch, error: EngineTooSlow) -> None:
        """Half as much may have its answer in time. What has been answered is known, and not asked again."""
        if batch.sent_at >= self._slowed_at:  # those that were on their way together are one sign
            self._slowed_at = _now()
            self._in_vain += 1
        self._size.too_slow(self._share(batch))
        if self._in_vain > _HALVINGS_IN_VAIN:
            _settle(batch.asks, EngineUnavailable(str(error)), proven=True)
        elif len(batch.asks) > 1:
            self._packer.put_again(batch.halves())
        else:
            _settle(batch.asks, error, proven=True)

    def _share(self, batch: Batch) -> float:
        """Of what the engine allows in one request."""
        limits = self._engine.limits
        return max(len(batch.asks) / limits.elements, batch.units / limits.units)

    def _failed(self, batch: Batch, error: Exception) -> None:
        """Of several files in a request one may be guilty: each goes on in a request of its own."""
        if isinstance(error, PermanentFault):
            self._pace.succeeded(batch.sent_at)  # it is an answer
        parts = batch.by_owner()
        if len(parts) > 1:
            self._packer.put_again(parts)
        else:
            _settle(batch.asks, error, proven=len(batch.asks) == 1)

    def _settle_waiting(self, error: Exception) -> None:
        _settle(self._packer.take_all(), error, proven=True)


def _settle(asks: Iterable[Ask], error: Exception, *, proven: bool = False) -> None:
    for ask in asks:
        ask.settle(None, error, proven=proven)


def _one_round(_segments: Sequence[Segment], _wish: Wish) -> int:
    return 1


def _no_wait(_wish: Wish) -> float:
    return 0.0


def _now() -> float:
    return asyncio.get_running_loop().time()
