"""What a job may spend, and what all workers may ask for: counted before it is sent."""

import asyncio
from collections.abc import Sequence

import pytest

from libs.translation.errors import EngineUnavailable, PermanentFault
from libs.translation.segments import Segment, text_of
from libs.translation.translator import Order, Translation
from tests.unit.translation.asking import EN_ES, translated, translator
from tests.unit.translation.doubles import CountedAllowance, CountedPurse, ToldEngine
from tests.unit.translation.simulated import simulated


def test_the_engine_is_not_asked_past_what_a_job_may_spend() -> None:
    engine = ToldEngine()
    purse = CountedPurse(25)

    async def three() -> list[Translation | BaseException]:
        shared = translator(engine)
        order = Order("en", "es", purse=purse)
        work = (shared.translate("a.txt", b"Ten chars%d" % n, order) for n in range(3))
        return await asyncio.gather(*work, return_exceptions=True)

    results = simulated(three())
    (failed,) = [result for result in results if isinstance(result, PermanentFault)]
    assert failed.code == "budget_exhausted"
    assert sum(len(text) for request in engine.sent for text in request) == 20
    assert purse.content == 5


def test_another_jobs_empty_purse_does_not_fail_a_file_that_waits_for_the_same() -> None:
    async def both() -> tuple[Translation | BaseException, Translation | BaseException]:
        shared = translator(ToldEngine())
        poor = shared.translate("a.txt", b"The same.", Order("en", "es", purse=CountedPurse(3)))
        rich = shared.translate("a.txt", b"The same.", EN_ES)
        return await asyncio.gather(poor, rich, return_exceptions=True)

    poor, rich = simulated(both())
    assert isinstance(poor, PermanentFault)
    assert isinstance(rich, Translation)


def test_what_was_set_aside_for_codes_and_not_billed_comes_back() -> None:
    purse = CountedPurse(1_000)
    order = Order("en", "es", purse=purse)
    (result,) = simulated(translated(translator(ToldEngine()), "Dear {name}, hello.", order=order))
    assert purse.content == 1_000 - result.characters


def test_every_request_is_counted_before_it_is_sent() -> None:
    allowance = CountedAllowance()
    simulated(translated(translator(ToldEngine(), allowance=allowance), "One.", "Two.", "12"))
    assert sum(allowance.taken) == 8


def test_a_file_that_left_while_its_request_waited_for_the_allowance_costs_nothing() -> None:
    engine, allowance, purse = ToldEngine(), CountedAllowance(), CountedPurse(100)
    allowance.open.clear()

    async def both() -> bytes:
        shared = translator(engine, allowance=allowance)
        first = asyncio.create_task(translated(shared, "The same.", order=Order("en", "es", purse=purse)))
        await asyncio.sleep(1)
        first.cancel()
        await asyncio.wait([first])
        allowance.open.set()
        await asyncio.sleep(1)
        async with asyncio.timeout(60):
            return (await translated(shared, "The same."))[0].data

    assert simulated(both()) == b"THE SAME."
    assert (engine.sent, purse.content) == ([["The same."]], 100)


def test_a_request_is_no_larger_than_the_allowance_likes() -> None:
    engine, allowance = ToldEngine(), CountedAllowance()
    allowance.largest = 500
    simulated(
        translated(translator(engine, allowance=allowance), "\n\n".join(f"L{n:04}." for n in range(400)))
    )
    assert max(allowance.taken) <= 500
    assert len(engine.segments) == 400


def test_a_purse_without_an_answer_fails_its_file_and_nothing_is_asked_for_twice() -> None:
    """Two answers are empty; asking again takes from the purse, and that breaks."""

    class Breaking(CountedPurse):
        async def take(self, characters: int) -> None:
            if engine.sent:
                raise EngineUnavailable("no clear answer")
            await super().take(characters)

    async def lose(segments: Sequence[Segment]) -> list[Segment]:
        return [() if len(segment) > 1 else segment for segment in segments]

    engine = ToldEngine(lose)
    order = Order("en", "es", purse=Breaking(10_000))
    text = "Press {key} one.\n\nPlain.\n\nPress {key} two.\n\nOther."

    async def one() -> None:
        shared = translator(engine)
        with pytest.raises(EngineUnavailable):
            await translated(shared, text, order=order)
        await asyncio.sleep(60)
        # What was answered whole is paid for, and known.
        await translated(shared, "Plain.\n\nOther.")

    simulated(one())
    assert len(engine.sent) == 1


def test_a_large_file_has_a_bounded_part_of_itself_on_its_way() -> None:
    waiting = 0
    most = 0

    class Watching(CountedPurse):
        async def take(self, characters: int) -> None:
            nonlocal waiting, most
            waiting += characters
            most = max(most, waiting)

    async def answer(segments: Sequence[Segment]) -> list[Segment]:
        nonlocal waiting
        waiting -= sum(len(text_of(segment)) for segment in segments)
        return list(segments)

    text = "\n\n".join(f"This is line {n:06} of a large file." * 10 for n in range(6_000))
    engine = ToldEngine(answer, seconds=0.1)
    (result,) = simulated(translated(translator(engine), text, order=Order("en", "es", purse=Watching(0))))
    assert result.data.decode() == text
    assert most <= 1_200_000 < len(text)
