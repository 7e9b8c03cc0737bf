"""How a process takes an engine's complaints, on a simulated clock."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from libs.translation.errors import EngineBlocked, EngineThrottled
from libs.translation.exchange import EngineState
from libs.translation.segments import Segment
from libs.translation.translator import Order, Translation, Translator
from tests.unit.translation.doubles import CountedAllowance, ToldEngine, capitals
from tests.unit.translation.simulated import simulated

EN_ES = Order("en", "es")


def translator(engine: ToldEngine, at_once: int = 8, **more: Any) -> Translator:
    return Translator(engine, requests_in_flight=at_once, request_seconds=60, **more)


async def file(shared: Translator, text: str = "One.") -> Translation:
    return await shared.translate("a.txt", text.encode(), EN_ES)


def now() -> float:
    return asyncio.get_running_loop().time()


def complaining(times: int, wish: float) -> ToldEngine:
    """Finds us too fast so many times, and then no more."""
    left = iter(range(times))

    async def answer(segments: Sequence[Segment]) -> list[Segment]:
        if next(left, None) is not None:
            raise EngineThrottled("slower", wish)
        return await capitals(segments)

    return ToldEngine(answer)


@pytest.mark.parametrize("refusal", [EngineThrottled("slower", 5), EngineBlocked("no such key")])
def test_a_process_that_asks_nothing_more_does_not_count_as_refused_for_ever(refusal: Exception) -> None:
    async def answer(_: Sequence[Segment]) -> list[Segment]:
        raise refusal

    async def load() -> list[bool]:
        shared = translator(ToldEngine(answer))
        asked = asyncio.create_task(file(shared))
        await asyncio.sleep(1)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        seen = [shared.load.throttled or shared.load.blocked]
        await asyncio.sleep(200)
        # An exporter reads it in a thread, which has no loop.
        return [*seen, await asyncio.to_thread(lambda: shared.load.throttled or shared.load.blocked)]

    assert simulated(load()) == [True, False]


def test_one_complaint_holds_every_file_up_for_as_long_as_the_engine_wishes() -> None:
    engine = complaining(1, wish=20)
    states: list[EngineState] = []

    async def files() -> float:
        shared = translator(engine, on_change=states.append)
        first = asyncio.create_task(file(shared))
        await asyncio.sleep(1)
        assert shared.state.throttled_until is not None
        assert 20 <= shared.state.throttled_until <= 22
        await file(shared, "Two.")
        await first
        assert shared.state == EngineState()
        return now()

    assert 20 <= simulated(files()) <= 22
    assert len(engine.sent) == 3
    assert [state.throttled_until is None for state in states] == [False, True]


def test_without_a_wish_the_pauses_grow_and_are_bounded() -> None:
    engine = complaining(12, wish=0)

    async def one() -> float:
        result = await file(translator(engine))
        assert result.data == b"ONE."
        return now()

    assert 5 <= simulated(one()) <= 12 * 60


def test_after_a_pause_one_request_goes_ahead_of_the_others() -> None:
    engine = complaining(8, wish=10)
    engine.seconds = 1

    async def files() -> None:
        shared = translator(engine)
        text = "\n\n".join(f"L{n}." for n in range(400))
        work = asyncio.create_task(file(shared, text))
        await asyncio.sleep(1.5)
        assert engine.busiest > 1
        engine.busiest = 0
        await asyncio.sleep(11)
        assert engine.busiest == 1
        await work

    simulated(files())


def test_an_engine_that_does_nothing_but_complain_is_given_up_after_minutes() -> None:
    engine = complaining(1_000_000, wish=7)

    async def files() -> float:
        shared = translator(engine)
        results = await asyncio.gather(file(shared), file(shared, "Two."), return_exceptions=True)
        assert all(isinstance(result, EngineThrottled) for result in results)
        return now()

    assert 600 <= simulated(files()) <= 620


def test_complaints_reach_the_allowance_and_what_was_refused_takes_again() -> None:
    allowance = CountedAllowance()
    simulated(file(translator(complaining(2, wish=1), allowance=allowance)))
    assert allowance.complaints == [(4, 1), (4, 1)]
    assert allowance.taken == [4, 4, 4]


def test_where_workers_share_an_allowance_it_says_how_long_all_wait() -> None:
    async def one() -> float:
        await file(translator(complaining(1, wish=0), allowance=CountedAllowance(pause=30)))
        return now()

    assert 30 <= simulated(one()) <= 34


def test_an_answer_to_what_was_sent_before_a_complaint_does_not_end_the_pause() -> None:
    slow = asyncio.Event()

    async def answer(segments: Sequence[Segment]) -> list[Segment]:
        if len(engine.sent) == 1:
            await asyncio.sleep(5)
        elif not slow.is_set():
            slow.set()
            raise EngineThrottled("slower", 20)
        return await capitals(segments)

    engine = ToldEngine(answer)

    async def files() -> None:
        shared = translator(engine)
        first = asyncio.create_task(file(shared))
        await engine.begun.wait()
        second = asyncio.create_task(file(shared, "Two."))
        await first
        assert not second.done()
        assert shared.state.throttled_until is not None
        await second

    simulated(files())


def test_a_refusal_does_not_outlast_the_proof_that_the_engine_takes_us() -> None:
    """One of two requests in flight is refused; the other was sent before, and proves nothing."""

    async def answer(segments: Sequence[Segment]) -> list[Segment]:
        if len(engine.sent) == 1:
            await asyncio.sleep(5)
        elif len(engine.sent) == 2:
            raise EngineBlocked("the key is wrong")
        return await capitals(segments)

    engine = ToldEngine(answer)

    async def files() -> None:
        shared = translator(engine)
        first = asyncio.create_task(file(shared))
        await engine.begun.wait()
        with pytest.raises(EngineBlocked):
            await file(shared, "Two.")
        await first
        with pytest.raises(EngineBlocked):
            await file(shared, "Three.")

    simulated(files())


def test_a_complaint_of_long_ago_is_no_reason_to_give_files_up() -> None:
    engine = complaining(2, wish=1)

    async def files() -> None:
        shared = translator(engine, at_once=1)
        await asyncio.sleep(1)
        gone = asyncio.create_task(file(shared))
        await engine.begun.wait()
        await asyncio.sleep(0.5)
        gone.cancel()
        await asyncio.sleep(3_600)
        await asyncio.gather(*(file(shared, f"File {n}. " * 200) for n in range(20)))

    simulated(files())


def test_a_blocked_engine_is_not_asked_again_for_a_minute_and_then_once() -> None:
    async def refuse(_: Sequence[Segment]) -> list[Segment]:
        raise EngineBlocked("the key is wrong")

    engine = ToldEngine(refuse, seconds=1)
    states: list[EngineState] = []

    async def ask(shared: Translator, number: int) -> float:
        began = now()
        with pytest.raises(EngineBlocked, match="the key is wrong"):
            await file(shared, f"File {number}.")
        return now() - began

    async def files() -> None:
        shared = translator(engine, on_change=states.append)
        await ask(shared, 0)
        assert await asyncio.gather(*(ask(shared, n) for n in range(50))) == [0] * 50
        assert len(engine.sent) == 1
        await asyncio.sleep(61)
        await asyncio.gather(*(ask(shared, n) for n in range(200)))
        assert len(engine.sent) == 2
        assert shared.state.blocked_reason == "the key is wrong"
        await asyncio.sleep(61)
        engine.answer = capitals
        await file(shared)
        assert shared.state == EngineState()

    simulated(files())
    assert [state.blocked_reason is None for state in states] == [False, False, True]


def test_closing_gives_up_what_is_on_its_way() -> None:
    engine = ToldEngine(seconds=1_000)

    async def closed() -> None:
        shared = translator(engine)
        work = asyncio.create_task(file(shared))
        await engine.begun.wait()
        await shared.close()
        await shared.close()
        await asyncio.wait([work])
        assert work.exception() is not None
        assert asyncio.all_tasks() == {asyncio.current_task()}

    simulated(closed())
    assert engine.busy == 0
