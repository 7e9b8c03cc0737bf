"""Engines that do on purpose what a real one does by accident."""

import asyncio
from collections.abc import Sequence

from libs.translation.engines.engine import Direction, Limits, Translated, Wish
from libs.translation.segments import Segment, text_of, units


class StubbornEngine:
    """Copies; raises ``fault`` for text with ``MARK`` in it; waits for ``gate`` where one is given."""

    MARK = "poison"
    name, version = "copy", "1"
    limits = Limits(elements=100, units=50_000)
    detects = False
    option_names: frozenset[str] = frozenset()
    deterministic = True
    native_terms = False

    def __init__(self, fault: Exception | None = None, gate: asyncio.Event | None = None) -> None:
        self.asked: list[str] = []
        self.busy = 0
        self.most_busy = 0
        self.fault = fault
        self.ways: frozenset[Direction] | None = None
        self._gate = gate
        self._changed = asyncio.Condition()

    def directions(self) -> frozenset[Direction] | None:
        return self.ways

    async def translate(
        self,
        segments: Sequence[Segment],
        wish: Wish,  # noqa: ARG002 - the protocol's
    ) -> list[Translated]:
        texts = [text_of(segment) for segment in segments]
        async with self._changed:
            self.asked += texts
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
            self._changed.notify_all()
        try:
            if self._gate is not None:
                await self._gate.wait()
            if self.fault is not None and any(self.MARK in text for text in texts):
                raise self.fault
        finally:
            self.busy -= 1
        return [Translated(segment, units(segment)) for segment in segments]

    async def was_asked(self, times: int) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.asked) >= times)

    async def is_busy_with(self, requests: int) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: self.busy >= requests)

    async def close(self) -> None:
        pass
