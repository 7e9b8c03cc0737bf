"""Who asks for what: a customer (a file), an ask (a segment), and the bundle of asks a customer waits for."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from libs.telemetry.tracing import Span, current_span
from libs.translation.cutting import units_of
from libs.translation.engines.engine import Wish
from libs.translation.protocols import Purse
from libs.translation.segments import Segment


@dataclass(frozen=True, slots=True)
class Known:
    """A translation, and the source language the engine found it to be from."""

    segment: Segment
    detected: str | None = None


@dataclass(eq=False, slots=True)
class Customer:
    """A file being translated. ``characters``: billed for what it asked for; ``reused``: segments that
    another asked for, now or before; ``span``: what its requests are a part of.
    """

    purse: Purse | None = None
    characters: int = 0
    reused: int = 0
    detected: Counter[str] = field(default_factory=Counter)
    span: Span = field(default_factory=current_span)


class Withdrawn(Exception):
    """Whoever asked first cannot have it after all; it says nothing about the segment."""


class Ask:
    """One segment on its way to the engine, for its ``owner`` and for all who joined.

    ``units`` is the most it should cost, ``reserved`` what was taken from the owner's purse, ``billed`` what
    the engine metered. ``proven``: the error is this segment's or the engine's, and no matter of who asked.
    ``tried``: it was asked once more alone, for its answer was wrong; ``answered`` is that first answer.
    """

    __slots__ = (
        "_is_open", "_open", "answer", "answered", "billed", "bundles", "error", "owner", "proven",
        "reserved", "segment", "settled", "tried", "units", "wish",
    )  # fmt: skip

    def __init__(self, segment: Segment, wish: Wish, owner: Customer, open_asks: "OpenAsks") -> None:
        self.segment, self.wish, self.owner, self._open = segment, wish, owner, open_asks
        self.units = units_of(segment)
        self.billed = self.reserved = 0
        self.bundles: list[Bundle] = []
        self.answer: Known | None = None
        self.answered: Known | None = None
        self.error: Exception | None = None
        self.proven = self.tried = self.settled = False
        self._is_open = segment not in open_asks
        if self._is_open:
            open_asks[segment] = self

    async def reserve(self) -> None:
        """Set its price aside. Raises `PermanentFault` (``budget_exhausted``)."""
        if self.owner.purse is not None:
            await self.owner.purse.take(self.units)
            self.reserved += self.units

    def settle(self, answer: Known | None, error: Exception | None = None, *, proven: bool = False) -> None:
        """Tell all who wait. Give back what was set aside and not billed."""
        if self.settled:
            return
        self.settled = True
        if self._is_open:
            del self._open[self.segment]
        self.answer, self.error, self.proven = answer, error, proven
        self.owner.characters += self.billed
        if self.owner.purse is not None and self.reserved > self.billed:
            self.owner.purse.give_back(self.reserved - self.billed)
        for bundle in self.bundles:
            bundle.notice(self)
        self.bundles.clear()


#: Those of one wish that may be joined.
OpenAsks = dict[Segment, Ask]


class Bundle:
    """What one call waits for: the end of all its asks, or the first error of one that is its own."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self._due = 0
        self._ended: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    def add(self, ask: Ask) -> None:
        ask.bundles.append(self)
        self._due += 1

    def notice(self, ask: Ask) -> None:
        self._due -= 1
        if ask.error is not None and self._error is None and self.must_fail(ask):
            self._error = ask.error
        if (not self._due or self._error) and self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def must_fail(self, ask: Ask) -> bool:
        """Another's failure is ours only where it would have been ours without the other."""
        if isinstance(ask.error, Withdrawn):
            return False
        return ask.owner is self.customer or ask.proven

    async def end(self) -> None:
        """Raises the error of an ask that must fail us."""
        if self._due and self._error is None:
            self._ended = asyncio.get_running_loop().create_future()
            await self._ended
        if self._error is not None:
            raise self._error.with_traceback(None)

    def leave(self, asks: Iterable[Ask]) -> None:
        """Wait no longer; an ask that nobody waits for is not sent any more."""
        for ask in asks:
            if self in ask.bundles:
                ask.bundles.remove(self)
