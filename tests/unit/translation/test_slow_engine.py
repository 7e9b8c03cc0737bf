"""An engine whose time grows with the text, as a language model's does, on a simulated clock."""

import asyncio
import itertools
from collections.abc import Sequence

import pytest

from libs.translation.engines.engine import Limits, Translated, Wish
from libs.translation.errors import EngineUnavailable
from libs.translation.segments import Segment, text_of, units
from libs.translation.translator import Order, Translation, Translator
from tests.unit.translation.doubles import ToldEngine
from tests.unit.translation.simulated import simulated

LIMIT = 60.0


class SlowEngine(ToldEngine):
    """Takes a second for each ``pace`` characters; ``sizes`` of its requests, and those ``answered``."""

    limits = Limits(elements=1_000, units=50_000)

    def __init__(self, pace: float) -> None:
        super().__init__()
        self.pace = pace
        self.sizes: list[int] = []
        self.answered: list[int] = []
        self.paid: list[str] = []

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        size = sum(map(units, segments))
        self.sizes.append(size)
        await asyncio.sleep(size / self.pace)
        self.answered.append(size)
        self.paid += [text_of(segment) for segment in segments]
        return await super().translate(segments, wish)


class InTwoRounds(ToldEngine):
    """Asks for no more than two segments at a time, each time for 40 seconds."""

    def rounds(self, segments: Sequence[Segment], _wish: Wish) -> int:
        return -(-len(segments) // 2)

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        await asyncio.sleep(40 * self.rounds(segments, wish))
        return await super().translate(segments, wish)


def translator(engine: ToldEngine) -> Translator:
    return Translator(engine, requests_in_flight=8, request_seconds=LIMIT)


async def file(shared: Translator, text: str) -> Translation:
    return await shared.translate("a.txt", text.encode(), Order("en", "es"))


def paragraphs(number: int, characters: int, of: str = "file") -> str:
    return "\n\n".join(f"Paragraph {n} of {of}.".ljust(characters - 1, "x") + "." for n in range(number))


def test_a_request_that_is_not_answered_in_time_is_halved_until_it_is() -> None:
    engine = SlowEngine(pace=300)  # 18,000 characters in the time of a request
    text = paragraphs(41, 1_000)
    done = simulated(file(translator(engine), text))
    assert done.data.decode() == text.upper()
    assert engine.sizes[0] > 40_000
    assert max(engine.answered) <= 18_000
    print(f"{len(engine.sizes) - len(engine.answered)} requests were not answered in time")
    assert len(engine.sizes) > len(engine.answered)


def test_what_was_answered_is_kept_when_the_rest_is_asked_for_in_smaller_requests() -> None:
    engine = SlowEngine(pace=300)
    simulated(file(translator(engine), paragraphs(120, 1_000)))
    assert len(engine.paid) == len(set(engine.paid)) == 120


def test_a_single_text_that_takes_too_long_is_cut_smaller_within_the_same_attempt() -> None:
    engine = SlowEngine(pace=300)
    text = " ".join(f"Sentence {n} of one paragraph that has no end." for n in range(900))
    done = simulated(file(translator(engine), text))
    assert done.data.decode() == text.upper()
    assert max(engine.answered) <= 18_000 < engine.sizes[0]


def test_a_size_that_came_through_is_remembered_for_the_next_files() -> None:
    engine = SlowEngine(pace=300)

    async def files() -> int:
        shared = translator(engine)
        await file(shared, paragraphs(41, 1_000))
        before = len(engine.sizes)
        for n in range(20):
            await file(shared, paragraphs(41, 1_000, of=f"file {n}"))
        return before

    before = simulated(files())
    late = engine.sizes[before:]
    assert max(late) <= 18_000, "a later file ran into the time limit again"


def test_the_size_grows_again_slowly_once_the_engine_is_quick() -> None:
    engine = SlowEngine(pace=300)

    async def files() -> None:
        shared = translator(engine)
        await file(shared, paragraphs(41, 1_000))
        small = max(engine.answered)
        engine.pace = 100_000
        for n in range(30):
            await file(shared, paragraphs(60, 1_000, of=f"file {n}"))
        assert max(engine.answered) > 2 * small

    simulated(files())
    assert all(later <= 2 * earlier for earlier, later in _peaks(engine.answered))


def _peaks(sizes: Sequence[int]) -> list[tuple[int, int]]:
    peaks = [max(sizes[: n + 1]) for n in range(len(sizes))]
    return [(a, b) for a, b in itertools.pairwise(peaks) if a > 10_000]


def test_an_engine_that_answers_nothing_at_all_is_not_asked_in_ever_smaller_requests() -> None:
    engine = SlowEngine(pace=0.001)

    async def attempts() -> list[int]:
        shared, asked = translator(engine), []
        for _ in range(3):
            with pytest.raises(EngineUnavailable):
                await file(shared, paragraphs(41, 1_000))
            asked.append(len(engine.sizes))
        return asked

    first, second, third = simulated(attempts())
    assert first <= 1 + 2 + 4 + 8 + 8
    assert second - first <= 8
    assert third - second <= 8


def test_each_of_the_requests_that_a_batch_becomes_has_a_time_limit_for_itself() -> None:
    engine = InTwoRounds()
    done = simulated(file(translator(engine), "\n\n".join(f"P{n}." for n in range(8))))
    assert done.data.decode().startswith("P0.")
    assert [len(sent) for sent in engine.sent] == [2, 2, 2, 2]


def test_a_single_text_of_several_requests_has_the_time_of_several() -> None:
    class Cutting(InTwoRounds):
        def rounds(self, _segments: Sequence[Segment], _wish: Wish) -> int:
            return 2

    assert simulated(file(translator(Cutting()), "One.")).data == b"ONE."
