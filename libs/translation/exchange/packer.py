"""Segments of many files fill requests together. A request has one wish, and is made when it can be sent."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from libs.translation.engines.engine import Limits, Wish
from libs.translation.exchange.asks import Ask, Customer
from libs.translation.segments import Segment

#: Seconds that the first segment of a wish waits for others to fill its request.
Wait = Callable[[Wish], float]


@dataclass(slots=True)
class Batch:
    """Asks that go in one request. ``throttles``: how often the engine refused it as too fast, since when.
    ``has_room``: more could have joined it.
    """

    asks: list[Ask]
    throttles: int = 0
    throttled_since: float | None = None
    sent_at: float = 0.0
    has_room: bool = False

    @property
    def units(self) -> int:
        return sum(ask.units for ask in self.asks)

    @property
    def segments(self) -> list[Segment]:
        return [ask.segment for ask in self.asks]

    def forget_unwanted(self) -> None:
        """Asks that nobody waits for end here, and cost nothing."""
        self.asks = [ask for ask in self.asks if _is_wanted(ask)]

    def halves(self) -> "list[Batch]":
        middle = len(self.asks) // 2
        parts = (self.asks[:middle], self.asks[middle:])
        return [Batch(part, self.throttles, self.throttled_since) for part in parts if part]

    def by_owner(self) -> "list[Batch]":
        owners: dict[Customer, list[Ask]] = {}
        for ask in self.asks:
            owners.setdefault(ask.owner, []).append(ask)
        return [Batch(asks) for asks in owners.values()]


@dataclass(slots=True)
class _Line:
    """What waits with one wish, by file. ``since``: when the first of it came."""

    since: float
    elements: int = 0
    units: int = 0
    files: dict[Customer, deque[Ask]] = field(default_factory=dict)


class Packer:
    """What waits to be sent. Files take turns, a segment each, so that no large one keeps a small one out."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lines: dict[Wish, _Line] = {}
        self._again: deque[Batch] = deque()

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._lines or self._again)

    def put(self, asks: Sequence[Ask], now: float) -> None:
        """Asks of one file, all with the same wish."""
        line = self._lines.get(asks[0].wish)
        if line is None:
            line = self._lines[asks[0].wish] = _Line(now)
        line.files.setdefault(asks[0].owner, deque()).extend(asks)
        line.elements += len(asks)
        line.units += sum(ask.units for ask in asks)

    def put_again(self, batches: Sequence[Batch]) -> None:
        """Requests to be sent just so, ahead of all others."""
        self._again.extend(batches)

    def take(self, now: float, wait: Wait) -> Batch | None:
        """The next request: one that is full, or whose first segment has waited long enough."""
        while self._again:
            batch = self._again.popleft()
            batch.forget_unwanted()
            if batch.asks:
                return batch
        for wish, line in list(self._lines.items()):
            is_full = self._is_full(line)
            if is_full or line.since + wait(wish) <= now:
                asks = self._filled(line)
                del self._lines[wish]  # wishes take turns, too
                if line.files:
                    line.since = now
                    self._lines[wish] = line
                if asks:
                    return Batch(asks, has_room=not (is_full or line.files))
        return None

    def next_due(self, wait: Wait) -> float | None:
        """When the first of the requests goes, however full. None: nothing waits."""
        if self._again:
            return 0.0
        return min((line.since + wait(wish) for wish, line in self._lines.items()), default=None)

    def take_all(self) -> Iterator[Ask]:
        while self._again:
            yield from self._again.popleft().asks
        lines = list(self._lines.values())
        self._lines.clear()
        for line in lines:
            for asks in line.files.values():
                yield from asks

    def _is_full(self, line: _Line) -> bool:
        return line.elements >= self.limits.elements or line.units >= self.limits.units

    def _filled(self, line: _Line) -> list[Ask]:
        chosen: list[Ask] = []
        room = self.limits.units
        while line.files and len(chosen) < self.limits.elements:
            customer, asks = next(iter(line.files.items()))
            if _is_wanted(asks[0]):
                if chosen and asks[0].units > room:
                    break
                chosen.append(asks[0])
                room -= asks[0].units
            ask = asks.popleft()
            line.elements -= 1
            line.units -= ask.units
            if len(line.files) > 1 or not asks:
                del line.files[customer]
                if asks:
                    line.files[customer] = asks
        return chosen


def _is_wanted(ask: Ask) -> bool:
    """Whether anybody still waits for it. If not, it ends here, and costs nothing."""
    if not ask.bundles:
        ask.settle(None)
    return not ask.settled
