"""Where the files of a process meet its engine: a segment is asked for once, whoever wants it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from libs.translation.engines.engine import Engine, Limits, Wish
from libs.translation.errors import EngineUnavailable
from libs.translation.exchange.asks import Ask, Bundle, Customer, Known, OpenAsks, Withdrawn
from libs.translation.exchange.courier import Courier, Means
from libs.translation.exchange.integrity import is_empty
from libs.translation.exchange.pace import EngineLoad, EngineState, Pace
from libs.translation.exchange.recall import Recall
from libs.translation.exchange.reuse import Reuse
from libs.translation.protocols import Allowance, Memory, Purse
from libs.translation.segments import Segment

#: Seconds for which files that were at work together are expected to be so again.
_COMPANY = 0.1


class Exchange:
    """Its arguments are the `Translator`'s. `close` it before its engine."""

    def __init__(
        self,
        engine: Engine,
        *,
        requests_in_flight: int,
        request_seconds: float,
        memory: Memory | None = None,
        allowance: Allowance | None = None,
        on_change: Callable[[EngineState], None] | None = None,
    ) -> None:
        self._pace = Pace(requests_in_flight, lambda: on_change(self.state) if on_change else None)
        means = Means(engine, request_seconds, allowance, self._keep)
        self._courier = Courier(means, self._pace, self._in_company)
        self._reuse = Reuse()
        self._recall = Recall(memory, engine) if memory else None
        self._open: dict[Wish, OpenAsks] = {}
        self._customers = 0
        self._company_until = 0.0

    @property
    def state(self) -> EngineState:
        return self._pace.state

    @property
    def load(self) -> EngineLoad:
        return self._pace.load

    @property
    def limits(self) -> Limits:
        """What a request may hold at this moment: what the engine allows, and answers in time."""
        return self._courier.limits

    @contextmanager
    def customer(self, purse: Purse | None) -> Iterator[Customer]:
        """A file, for as long as it may ask."""
        self._customers += 1
        if self._customers > 1:
            self._company_until = asyncio.get_running_loop().time() + _COMPANY
        try:
            yield Customer(purse)
        finally:
            self._customers -= 1

    async def ask(self, segments: Sequence[Segment], wish: Wish, customer: Customer) -> list[Segment]:
        """Translations of these segments, in their order; an empty one where the engine has none.

        Raises a `TranslationError`. A caller that is cancelled takes nothing from others that wait for the
        same segments.
        """
        answers: list[Known | None] = [None] * len(segments)
        for join in (True, True, False):  # who asked first may withdraw, or fail for a reason of its own
            await self._fill(answers, segments, wish, customer, join=join)
            if None not in answers:
                break
        found = [known for known in answers if known is not None]
        if len(found) < len(segments):
            raise EngineUnavailable("the engine gave up segments by itself")
        for known in found:
            if known.detected:
                customer.detected[known.detected] += 1
        return [known.segment for known in found]

    async def close(self) -> None:
        """Give up what is in flight, and let the memory have what was paid for."""
        await self._courier.close()
        if self._recall is not None:
            await self._recall.close()

    async def _fill(
        self,
        answers: list[Known | None],
        segments: Sequence[Segment],
        wish: Wish,
        customer: Customer,
        *,
        join: bool,
    ) -> None:
        """The answers that are not there yet; those that another withdrew stay so."""
        number, open_asks = self._reuse.number(wish), self._open.setdefault(wish, {})
        asks: list[Ask | None] = [None] * len(segments)
        own: list[Ask] = []
        bundle = Bundle(customer)
        for place, segment in enumerate(segments):
            if answers[place] is not None:
                continue
            if known := self._reuse.find((number, segment)):
                answers[place] = known
                customer.reused += 1
                continue
            ask = open_asks.get(segment) if join else None
            if ask is None:
                ask = Ask(segment, wish, customer, open_asks)
                own.append(ask)
            asks[place] = ask
            bundle.add(ask)
        try:
            await self._wait_for([ask for ask in asks if ask is not None], own, bundle)
        finally:
            if not open_asks and self._open.get(wish) is open_asks:
                del self._open[wish]
        for place, ask in enumerate(asks):
            if ask is not None and ask.answer is not None:
                answers[place] = ask.answer
                customer.reused += ask.owner is not customer

    async def _wait_for(self, asks: list[Ask], own: list[Ask], bundle: Bundle) -> None:
        try:
            if own:
                await self._send(own, bundle.customer)
            await bundle.end()
        finally:
            bundle.leave(asks)

    async def _send(self, asks: list[Ask], customer: Customer) -> None:
        """What the memory does not have and the purse can pay goes to the engine."""
        sent = False
        try:
            self._pace.refuse_if_blocked()
            if self._recall is not None:
                asks = await self._not_remembered(asks, self._recall)
            if customer.purse is not None and asks:
                await customer.purse.take(sum(ask.units for ask in asks))
                for ask in asks:
                    ask.reserved = ask.units
            self._pace.refuse_if_blocked()
            if asks:
                self._courier.send(asks)
            sent = True
        finally:
            if not sent:
                for ask in asks:
                    ask.settle(None, Withdrawn())

    async def _not_remembered(self, asks: list[Ask], recall: Recall) -> list[Ask]:
        for ask, known in await recall.find(asks):
            ask.owner.reused += 1
            self._reuse.keep((self._reuse.number(ask.wish), ask.segment), known)
            ask.settle(known)
        return [ask for ask in asks if not ask.settled]

    def _keep(self, answered: Sequence[Ask]) -> None:
        """An empty answer is not kept: the next time there may be one."""
        good = [ask for ask in answered if ask.answer and not is_empty(ask.segment, ask.answer.segment)]
        for ask in good:
            if ask.answer is not None:
                self._reuse.keep((self._reuse.number(ask.wish), ask.segment), ask.answer)
        if self._recall is not None:
            self._recall.keep(good)

    def _in_company(self) -> bool:
        """Whether another file may ask in a moment."""
        return self._customers > 1 or asyncio.get_running_loop().time() < self._company_until
