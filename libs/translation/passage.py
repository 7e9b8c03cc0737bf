"""One file's way to the engine and back, a window of its segments at a time.

So the memory it takes besides the document and its translation does not grow with the document.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from libs.translation.concurrency import aside, each
from libs.translation.cutting import units_of
from libs.translation.engines.engine import Engine, Wish
from libs.translation.errors import EngineTooSlow, PermanentFault
from libs.translation.exchange import Exchange
from libs.translation.exchange.asks import Customer
from libs.translation.exchange.integrity import excerpt, is_empty
from libs.translation.packing import Packing, pack
from libs.translation.repair import repaired
from libs.translation.segments import Segment
from libs.translation.terms import Terms, resolved, with_codes

#: UTF-16 units (and segments) of a window, and windows on their way at once: a million units of one file fill
#: twenty of the largest requests.
WINDOW_UNITS, WINDOW_SEGMENTS, WINDOWS_AT_ONCE = 131_072, 4_096, 8


class Passage:
    """``repairs``: segments whose codes the engine lost, so far."""

    def __init__(
        self, engine: Engine, exchange: Exchange, wish: Wish, terms: Terms, customer: Customer
    ) -> None:
        self._engine, self._exchange, self._wish = engine, exchange, wish
        self._terms, self._customer = terms, customer
        self.repairs = 0

    async def translated(self, segments: Sequence[Segment]) -> list[Segment]:
        """A translation for each segment, with its codes whole. Raises a `TranslationError`; the
        `PermanentFault` from here is ``segment_mismatch``.
        """
        windows = _windows(segments)
        first = next(windows, ())
        if len(first) == len(segments):
            return await self._window(first)
        parts = await each(self._window, chain((first,), windows), at_once=WINDOWS_AT_ONCE)
        return list(chain.from_iterable(parts))

    async def _window(self, segments: Sequence[Segment]) -> list[Segment]:
        if self._terms:
            return await self._window_with_terms(segments)
        return await self._whole(segments)

    async def _window_with_terms(self, segments: Sequence[Segment]) -> list[Segment]:
        size = sum(map(units_of, segments))
        marked = await aside(size, self._terms.marked, segments)
        sent = marked if self._engine.native_terms else [with_codes(segment) for segment in marked]
        return [resolved(*pair) for pair in zip(marked, await self._whole(sent), strict=True)]

    async def _whole(self, segments: Sequence[Segment]) -> list[Segment]:
        translations = await self._asked(segments, fragments=False)
        whole, repairs = await repaired(segments, translations, self._fragments)
        self.repairs += repairs
        return whole

    async def _fragments(self, segments: Sequence[Segment]) -> list[Segment]:
        return await self._asked(segments, fragments=True)

    async def _asked(self, segments: Sequence[Segment], *, fragments: bool) -> list[Segment]:
        """Of fragments some are nothing in another language; whole segments are not."""
        size = sum(map(units_of, segments))
        packing, answers = await self._answered(segments, size)
        if not fragments and not self._engine.deterministic:
            _refuse_empty(packing.pieces, answers)
        return await aside(size, packing.unpack, answers)

    async def _answered(self, segments: Sequence[Segment], size: int) -> tuple[Packing, list[Segment]]:
        """The pieces of these segments and an answer for each. A piece that is too large to be answered in
        time is cut smaller, as long as requests become smaller; what was answered is known by then.
        """
        while True:
            limits = self._exchange.limits
            packing = await aside(size, pack, segments, limits)
            if not packing.pieces:
                return packing, []
            try:
                return packing, await self._exchange.ask(packing.pieces, self._wish, self._customer)
            except EngineTooSlow:
                largest = max(map(units_of, packing.pieces))
                if self._exchange.limits.units >= min(largest, limits.units):
                    raise


def _refuse_empty(sources: Sequence[Segment], answers: Sequence[Segment]) -> None:
    for source, answer in zip(sources, answers, strict=True):
        if is_empty(source, answer):
            message = f"the engine gave nothing for {excerpt(source)!r}"
            raise PermanentFault("segment_mismatch", message)


def _windows(segments: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    """In order. One alone may be larger."""
    start, units = 0, 0
    for place, segment in enumerate(segments):
        units += units_of(segment)
        if units >= WINDOW_UNITS or place + 1 - start >= WINDOW_SEGMENTS:
            yield segments[start : place + 1]
            start, units = place + 1, 0
    if start < len(segments):
        yield segments[start:] if start else segments
