"""What the files of a process share: requests, answers, and nobody's faults."""

import asyncio
from collections.abc import Sequence

import pytest

from libs.translation.errors import EngineUnavailable, PermanentFault
from libs.translation.segments import Segment, Standalone, text_of
from libs.translation.translator import Order, Translation
from tests.unit.translation.asking import EN_ES, translated, translator
from tests.unit.translation.doubles import CountedPurse, DictMemory, ToldEngine, capitals
from tests.unit.translation.simulated import simulated


def test_2000_files_of_one_sentence_share_100_requests() -> None:
    engine = ToldEngine(seconds=0.15)

    async def files() -> list[Translation]:
        shared, results = translator(engine), list[Translation]()
        numbers = iter(range(2000))

        async def slot() -> None:
            for number in numbers:
                await asyncio.sleep(0.002 * (number % 5))  # each file is read from somewhere
                results.extend(await translated(shared, f"This is sentence {number:04}."))

        await asyncio.gather(*(slot() for _ in range(64)))
        return results

    results = simulated(files())
    assert {result.data.decode() for result in results} == {f"THIS IS SENTENCE {n:04}." for n in range(2000)}
    assert sum(result.characters for result in results) == 2000 * 22
    assert len(engine.sent) <= 2000 / 20


def test_a_file_alone_waits_for_nobody() -> None:
    async def alone() -> float:
        shared = translator(ToldEngine(seconds=1))
        await translated(shared, "One.")
        await translated(shared, "Two.")
        return asyncio.get_running_loop().time()

    assert simulated(alone()) == pytest.approx(2, abs=1e-4)


def test_no_segment_waits_for_company_for_more_than_15_ms() -> None:
    async def pair() -> float:
        shared = translator(ToldEngine(seconds=1))
        await translated(shared, "One.", "Two.")
        return asyncio.get_running_loop().time()

    assert simulated(pair()) <= 1.016


def test_different_wishes_never_share_a_request() -> None:
    engine = ToldEngine()

    async def both() -> None:
        shared = translator(engine)
        orders = [EN_ES, Order("en", "fr"), Order("en", "es", {"tone": "formal"}), Order(None, "es")]
        await asyncio.gather(*(translated(shared, "One.", "Two.", order=order) for order in orders))

    simulated(both())
    assert sorted(engine.sent) == [["One.", "Two."]] * 4
    assert len(set(engine.wishes)) == 4


def test_a_large_file_does_not_keep_a_small_one_waiting() -> None:
    engine = ToldEngine(seconds=1)

    async def both() -> float:
        shared = translator(engine)
        text = "\n\n".join(f"This is line {n:06}. " * 10 for n in range(2_000))
        large = asyncio.create_task(translated(shared, text))
        await engine.begun.wait()
        began = asyncio.get_running_loop().time()
        await translated(shared, "Small.")
        took = asyncio.get_running_loop().time() - began
        assert not large.done()
        await large
        return took

    assert simulated(both()) <= 3


def test_equal_sentences_on_their_way_are_asked_for_once() -> None:
    engine = ToldEngine(seconds=1)
    results = simulated(translated(translator(engine), *["The same."] * 50))
    assert engine.sent == [["The same."]]
    assert sum(result.characters for result in results) == len("The same.")
    assert sum(result.reused for result in results) == 49


def test_a_sentence_of_an_earlier_file_is_not_asked_for_again() -> None:
    engine = ToldEngine()

    async def twice() -> Translation:
        shared = translator(engine)
        await translated(shared, "The same.")
        return (await translated(shared, "The same.\n\nAnother."))[0]

    result = simulated(twice())
    assert engine.sent == [["The same."], ["Another."]]
    assert (result.characters, result.reused) == (len("Another."), 1)


@pytest.mark.parametrize("after", [0.0, 0.5])
def test_a_cancelled_file_takes_nothing_from_one_that_waits_for_the_same(after: float) -> None:
    engine = ToldEngine(seconds=1)

    async def both() -> bytes:
        shared = translator(engine, memory=DictMemory())
        first = asyncio.create_task(translated(shared, "The same."))
        second = asyncio.create_task(translated(shared, "The same."))
        await asyncio.sleep(after)
        first.cancel()
        return (await second)[0].data

    assert simulated(both()) == b"THE SAME."
    assert engine.sent == [["The same."]]


def test_what_no_file_waits_for_any_more_is_not_sent() -> None:
    engine = ToldEngine(seconds=1)
    purse = CountedPurse(1_000)

    async def cancelled() -> None:
        shared = translator(engine)
        busy = asyncio.create_task(translated(shared, "\n\n".join(f"L{n}." for n in range(400))))
        await engine.begun.wait()
        late = asyncio.create_task(translated(shared, "Late.", order=Order("en", "es", purse=purse)))
        await asyncio.sleep(0.1)
        late.cancel()
        await busy

    simulated(cancelled())
    assert ["Late."] not in engine.sent
    assert purse.content == 1_000


@pytest.mark.parametrize("fault", [PermanentFault("refused", "not this"), EngineUnavailable("it died of it")])
def test_only_the_guilty_file_fails(fault: Exception) -> None:
    async def picky(segments: Sequence[Segment]) -> list[Segment]:
        if any("poison" in text_of(segment) for segment in segments):
            raise fault
        return await capitals(segments)

    engine = ToldEngine(picky, seconds=0.1)
    shared = translator(engine)
    texts = [f"Sentence {n}.\n\nShared." for n in range(30)]
    texts[7] = "Shared.\n\nThis is poison.\n\nOwn."

    async def all_of_them() -> list[Translation | BaseException]:
        work = (shared.translate("a.txt", text.encode(), EN_ES) for text in texts)
        return await asyncio.gather(*work, return_exceptions=True)

    results = simulated(all_of_them())
    assert [n for n, result in enumerate(results) if not isinstance(result, Translation)] == [7]
    assert type(results[7]) is type(fault)
    assert len(engine.sent) <= 35


def test_a_sentence_that_fails_alone_is_not_asked_for_by_everybody_who_has_it() -> None:
    async def refuse(_: Sequence[Segment]) -> list[Segment]:
        raise PermanentFault("refused", "not this")

    engine = ToldEngine(refuse, seconds=0.1)
    shared = translator(engine)

    async def all_of_them() -> list[Translation | BaseException]:
        work = (shared.translate("a.txt", b"Poison.", EN_ES) for _ in range(30))
        return await asyncio.gather(*work, return_exceptions=True)

    assert all(isinstance(result, PermanentFault) for result in simulated(all_of_them()))
    assert len(engine.sent) == 1


def test_an_engine_that_gives_up_by_itself_never_leaves_a_file_with_less_than_it_asked_for() -> None:
    async def cancel(_: Sequence[Segment]) -> list[Segment]:
        raise asyncio.CancelledError

    with pytest.raises(EngineUnavailable):
        simulated(translated(translator(ToldEngine(cancel)), "One.\n\nTwo."))


def test_while_a_request_with_room_is_away_what_comes_goes_in_one() -> None:
    engine = ToldEngine(seconds=0.4)

    async def files() -> None:
        shared = translator(engine)
        for number in range(40):  # so the usual latency is known
            await translated(shared, f"Usual {number}.")
        engine.sent.clear()

        async def late(number: int) -> None:
            await asyncio.sleep(0.03 * number)
            await translated(shared, f"File {number}.")

        await asyncio.gather(*(late(number) for number in range(10)))

    simulated(files())
    assert [len(request) for request in engine.sent] == [1, 9]


def test_only_a_request_with_room_is_waited_for_and_a_full_one_waits_for_none() -> None:
    full = "\n\n".join(f"L{n}." for n in range(ToldEngine.limits.elements))

    async def files(*texts: str) -> float:
        engine = ToldEngine(seconds=0.4)
        shared = translator(engine)
        first = asyncio.create_task(translated(shared, texts[0]))
        await engine.begun.wait()
        began = asyncio.get_running_loop().time()
        await translated(shared, texts[1])
        await first
        return asyncio.get_running_loop().time() - began

    assert simulated(files(full, "One.")) == pytest.approx(0.4, abs=0.02)
    assert simulated(files("One.", full)) == pytest.approx(0.4, abs=0.02)
    assert simulated(files("One.", "Two.")) > 0.5


def test_placeholders_are_asked_for_with_their_codes() -> None:
    engine = ToldEngine()
    simulated(translated(translator(engine), "Press {key}.", "Press ."))
    assert len(engine.segments) == 2
    assert Standalone(1) in {token for segment in engine.segments for token in segment}
