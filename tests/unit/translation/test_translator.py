import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest

from libs.translation.documents.txt import TextFormat, TextSections
from libs.translation.engines.copy import CopyEngine
from libs.translation.engines.engine import Limits, Translated, Wish
from libs.translation.engines.pseudo import PseudoEngine
from libs.translation.errors import EngineUnavailable, PermanentFault
from libs.translation.segments import Segment, Standalone, characters, plain, text_of, units
from libs.translation.translator import Order, Translator

EN_ES = Order("en", "es")

Answer = Callable[[Sequence[Segment]], Awaitable[list[Segment]]]


class FakeEngine(CopyEngine):
    """Answers as told, one line a request, and remembers what it was sent."""

    limits = Limits(elements=1, units=1_000)

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer, self.sent, self.busy, self.busiest = answer, list[Segment](), 0, 0

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        self.sent += segments
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0)
            if self.answer is None:
                return await super().translate(segments, wish)
            answers = await self.answer(segments)
            return [Translated(done, units(asked)) for asked, done in zip(segments, answers, strict=True)]
        finally:
            self.busy -= 1


def translator(engine: CopyEngine | PseudoEngine, seconds: float = 30) -> Translator:
    return Translator(engine, requests_in_flight=3, request_seconds=seconds)


LINES = "".join(f"line {word}\n" for word in ("one", "two", "three", "four", "five", "six", "seven")).encode()


async def test_a_file_is_translated_and_measured() -> None:
    result = await translator(PseudoEngine()).translate("a.txt", b"Hello\n\n123\n\nHello\n", EN_ES)
    assert result.data.decode() == "[Ĥéļļö]\n\n123\n\n[Ĥéļļö]\n"
    assert (result.format, result.content_type) == ("txt", "text/plain")
    assert (result.characters, result.repairs) == (5, 0)


async def test_a_file_of_no_known_format_fails_by_name() -> None:
    with pytest.raises(PermanentFault, match=r"movie\.avi") as fault:
        await translator(CopyEngine()).translate("movie.avi", b"", EN_ES)
    assert fault.value.code == "unsupported_format"


async def test_requests_in_flight_are_bounded_over_all_files() -> None:
    engine = FakeEngine()
    shared = translator(engine)
    results = await asyncio.gather(*(shared.translate("a.txt", LINES, EN_ES) for _ in range(4)))
    assert [result.data for result in results] == [LINES] * 4
    assert engine.busiest == 3


async def test_a_request_that_takes_too_long_may_be_tried_again_later() -> None:
    async def never(_: Sequence[Segment]) -> list[Segment]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(EngineUnavailable, match=r"0\.01 s"):
        await translator(FakeEngine(never), seconds=0.01).translate("a.txt", LINES, EN_ES)


async def test_the_loop_turns_while_a_large_file_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, turned = threading.Event(), threading.Event()

    class Waiting(TextFormat):
        def divide(self, data: bytes, language: str) -> TextSections:
            begun.set()
            assert turned.wait(5), "the loop stood still"
            return super().divide(data, language)

    async def turn() -> None:
        while not begun.is_set():  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.001)
        turned.set()

    monkeypatch.setattr("libs.translation.translator.format_of", lambda _name: Waiting())
    large = b"A line.\n" * 10_000
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(turn())
        result = await translator(CopyEngine()).translate("a.txt", large, EN_ES)
    assert result.data == large


async def test_an_engines_error_comes_out_as_it_is_and_stops_the_rest() -> None:
    async def break_down(segments: Sequence[Segment]) -> list[Segment]:
        if "two" in text_of(segments[0]):
            raise EngineUnavailable("broken")
        await asyncio.sleep(0.01)
        return list(segments)

    engine = FakeEngine(break_down)
    with pytest.raises(EngineUnavailable, match="broken"):
        await translator(engine).translate("a.txt", LINES, EN_ES)
    assert len(engine.sent) == 3


async def test_cancelling_and_closing_leave_no_task_behind() -> None:
    started = asyncio.Event()

    async def hang(_: Sequence[Segment]) -> list[Segment]:
        started.set()
        await asyncio.Event().wait()
        return []

    engine = FakeEngine(hang)
    shared = translator(engine)
    task = asyncio.create_task(shared.translate("a.txt", LINES, EN_ES))
    await asyncio.wait_for(started.wait(), 5)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    await shared.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert engine.busy == 0


async def test_a_lost_placeholder_is_put_back_and_counted() -> None:
    async def lose(segments: Sequence[Segment]) -> list[Segment]:
        return [plain(text_of(segment).strip().upper()) for segment in segments]

    engine = FakeEngine(lose)
    result = await translator(engine).translate("a.txt", b"Dear {name}\nBye\n", EN_ES)
    assert result.data == b"DEAR{name}\nBYE\n"
    assert result.repairs == 1
    assert result.characters == characters(engine.sent)
    assert Standalone(1) in engine.sent[0]
