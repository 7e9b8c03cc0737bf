"""An answer that is short, empty or without its codes never reaches a file."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, plain, text_of
from libs.translation.translator import Order, Translation, Translator
from tests.unit.translation.doubles import CountedPurse, ToldEngine, capitals
from tests.unit.translation.simulated import simulated

EN_ES = Order("en", "es")


def told(answer: Callable[[Sequence[Segment]], Sequence[Segment]]) -> ToldEngine:
    async def answered(segments: Sequence[Segment]) -> list[Segment]:
        return list(answer(await capitals(segments)))

    return ToldEngine(answered)


def result_of(engine: ToldEngine, text: str, order: Order = EN_ES) -> Translation:
    shared = Translator(engine, requests_in_flight=4, request_seconds=60)
    return simulated(shared.translate("a.txt", text.encode(), order))


@pytest.mark.parametrize("wrong", [lambda a: a[:-1], lambda a: [*a, plain("more")], lambda _: []])
def test_a_wrong_number_of_answers_is_asked_again_one_by_one(
    wrong: Callable[[Sequence[Segment]], Sequence[Segment]],
) -> None:
    engine = told(lambda answers: wrong(answers) if len(answers) > 1 else answers)
    result = result_of(engine, "One.\n\nTwo.\n\nThree.")
    assert result.data == b"ONE.\n\nTWO.\n\nTHREE."
    assert sorted(engine.sent, key=len) == [["One."], ["Two."], ["Three."], ["One.", "Two.", "Three."]]
    assert result.characters == 2 * len("One.Two.Three.")


def test_a_wrong_number_of_answers_for_one_segment_fails_the_file_and_names_it() -> None:
    engine = told(lambda _: [])
    with pytest.raises(PermanentFault, match=r"0 answers for 1 segments: 'One more\.'") as fault:
        result_of(engine, "One more.")
    assert fault.value.code == "segment_mismatch"
    assert len(engine.sent) == 2


def test_an_empty_answer_is_asked_again_alone_and_then_fails_the_file_and_names_it() -> None:
    engine = told(lambda answers: [() if "TWO" in text_of(a) else a for a in answers])
    with pytest.raises(PermanentFault, match=r"nothing for 'Two\.'") as fault:
        result_of(engine, "One.\n\nTwo.")
    assert fault.value.code == "segment_mismatch"
    assert engine.sent == [["One.", "Two."], ["Two."]]


def test_an_empty_answer_that_was_a_slip_costs_one_more_request() -> None:
    engine = told(
        lambda answers: [plain(" ") if len(answers) > 1 and "TWO" in text_of(a) else a for a in answers]
    )
    result = result_of(engine, "One.\n\nTwo.")
    assert result.data == b"ONE.\n\nTWO."
    assert (result.repairs, result.characters) == (0, 12)


def test_lost_codes_are_asked_for_again_alone_before_they_are_repaired() -> None:
    def lose(answers: Sequence[Segment]) -> list[Segment]:
        return [plain(text_of(answer)) for answer in answers]

    once = told(lambda answers: lose(answers) if len(answers) > 1 else answers)
    result = result_of(once, "Dear {name}, hello.\n\nTwo.")
    assert (result.data, result.repairs) == (b"DEAR {name}, HELLO.\n\nTWO.", 0)
    always = told(lose)
    result = result_of(always, "Dear {name}, hello.\n\nTwo.")
    assert (result.data.count(b"{name}"), result.repairs) == (1, 1)
    assert len(always.sent) == 2


def test_an_engine_that_always_says_the_same_is_not_asked_again() -> None:
    engine = told(lambda answers: [plain(text_of(answer)) for answer in answers])
    engine.deterministic = True
    result = result_of(engine, "Dear {name}, hello.")
    assert (result.data.count(b"{name}"), result.repairs) == (1, 1)
    assert len(engine.sent) == 1


def test_codes_of_another_segment_are_never_taken_for_its_own() -> None:
    engine = told(lambda answers: list(reversed(answers)))
    result = result_of(
        engine, "Dear {name}.\n\n{one} of {two} here.\n\nMore {three} and {four} {five} there."
    )
    assert [result.data.count(b"{%b}" % name) for name in (b"name", b"one", b"two", b"five")] == [1, 1, 1, 1]
    assert result.data.startswith(b"DEAR {name}.")


def test_asking_again_is_paid_from_the_same_purse() -> None:
    engine = told(lambda answers: [() for _ in answers])
    with pytest.raises(PermanentFault) as fault:
        result_of(engine, "Nine char", Order("en", "es", purse=CountedPurse(10)))
    assert fault.value.code == "budget_exhausted"
    assert len(engine.sent) == 1


def test_a_repeated_failure_of_one_file_leaves_the_others_alone() -> None:
    engine = told(lambda answers: [() if "BAD" in text_of(a) else a for a in answers])
    shared = Translator(engine, requests_in_flight=4, request_seconds=60)

    async def files() -> list[Translation | BaseException]:
        work = (shared.translate("a.txt", text, EN_ES) for text in (b"One.", b"Bad.", b"Two."))
        return await asyncio.gather(*work, return_exceptions=True)

    assert [isinstance(result, Translation) for result in simulated(files())] == [True, False, True]
