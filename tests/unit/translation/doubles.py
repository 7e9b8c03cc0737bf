"""Engines, memories and purses that do as they are told and remember what they were asked."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

from libs.translation.engines.copy import CopyEngine
from libs.translation.engines.engine import Limits, Translated, Wish
from libs.translation.errors import EngineThrottled, PermanentFault
from libs.translation.segments import Segment, Text, text_of, units

Answer = Callable[[Sequence[Segment]], Awaitable[list[Segment]]]


class ToldEngine(CopyEngine):
    """Answers in capitals after ``seconds``, or as ``answer`` says; ``sent`` are its requests."""

    limits = Limits(elements=100, units=10_000)
    deterministic = False
    option_names = frozenset({"tone"})

    def __init__(self, answer: Answer | None = None, seconds: float = 0.0) -> None:
        self.answer, self.seconds = answer or capitals, seconds
        self.sent: list[list[str]] = []
        self.wishes: list[Wish] = []
        self.segments: list[Segment] = []
        self.busy = self.busiest = 0
        self.begun = asyncio.Event()

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        self.sent.append([text_of(segment) for segment in segments])
        self.wishes.append(wish)
        self.segments += segments
        self.begun.set()
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(self.seconds)
            answers = await self.answer(segments)
        finally:
            self.busy -= 1
        asked = [*segments, *[()] * len(answers)]
        return [Translated(done, units(source)) for source, done in zip(asked, answers, strict=False)]


async def capitals(segments: Sequence[Segment]) -> list[Segment]:
    return [tuple(Text(t.text.upper()) if isinstance(t, Text) else t for t in s) for s in segments]


class QuotaEngine(ToldEngine):
    """Takes ``quota`` requests in any ``window`` seconds, and says ``wish`` seconds to those above it."""

    def __init__(self, quota: int, window: float, seconds: float, wish: float = 0.0) -> None:
        super().__init__(seconds=seconds)
        self.quota, self.window, self.wish = quota, window, wish
        self.taken: deque[float] = deque()
        self.refused: list[float] = []

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        now = asyncio.get_running_loop().time()
        while self.taken and self.taken[0] <= now - self.window:
            self.taken.popleft()
        if len(self.taken) >= self.quota:
            self.refused.append(now)
            raise EngineThrottled("slower", self.wish)
        self.taken.append(now)
        return await super().translate(segments, wish)


class DictMemory:
    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.looked_up: list[int] = []

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.looked_up.append(len(keys))
        await asyncio.sleep(0)
        return {key: self.entries[key] for key in keys if key in self.entries}

    async def keep(self, entries: Mapping[str, str]) -> None:
        self.entries.update(entries)


class CountedPurse:
    def __init__(self, content: int) -> None:
        self.content = content

    async def take(self, characters: int) -> None:
        await asyncio.sleep(0)
        if characters > self.content:
            raise PermanentFault("budget_exhausted", "nothing is left")
        self.content -= characters

    def give_back(self, characters: int) -> None:
        self.content += characters


class CountedAllowance:
    """Lets everything go while ``open`` is set."""

    largest = 50_000

    def __init__(self, pause: float = 0.0) -> None:
        self.taken: list[int] = []
        self.complaints: list[tuple[int, float]] = []
        self.pause = pause
        self.open = asyncio.Event()
        self.open.set()

    async def take(self, characters: int) -> None:
        await self.open.wait()
        self.taken.append(characters)

    async def throttled(self, characters: int, _seconds: float, wish: float) -> float:
        self.complaints.append((characters, wish))
        return self.pause
