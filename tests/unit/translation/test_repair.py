from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from libs.translation.repair import repaired
from libs.translation.segments import (
    Close,
    Open,
    Segment,
    Standalone,
    Text,
    lost_codes,
    plain,
    text_of,
)
from tests.unit.translation.strategies import segments


async def upper(many: Sequence[Segment]) -> list[Segment]:
    return [plain(text_of(segment).upper()) for segment in many]


async def mute(many: Sequence[Segment]) -> list[Segment]:
    return [() for _ in many]


PRESS = (Text("Press "), Standalone(1), Text(" then "), Standalone(2), Text("."))
BOLD = (Text("A "), Open(1), Text("white"), Close(1), Text(" house "), Standalone(2))


async def test_a_whole_translation_is_left_alone() -> None:
    translation = (Standalone(1), Text("x"), Standalone(2))
    assert await repaired([PRESS], [translation], upper) == ([translation], 0)


async def test_a_lost_standalone_goes_ahead_of_the_next_that_survived_or_to_the_end() -> None:
    ahead = (Text("Pulsa "), Standalone(2), Text("."))
    behind = (Text("Pulsa "), Standalone(1), Text("."))
    whole, repairs = await repaired([PRESS, PRESS], [ahead, behind], upper)
    assert whole[0] == (Text("Pulsa "), Standalone(1), Standalone(2), Text("."))
    assert whole[1] == (Text("Pulsa "), Standalone(1), Text("."), Standalone(2))
    assert repairs == 2


async def test_codes_that_take_arguments_are_put_in_their_order() -> None:
    number, name = Standalone(1, "%d"), Standalone(2, "%s")
    source = (number, Text(" files in "), name)
    answer = (Text("En "), Standalone(2), Text(" hay "), Standalone(1))
    whole, repairs = await repaired([source], [answer], upper)
    assert whole == [(Text("En "), number, Text(" hay "), name)]
    assert repairs == 1


async def test_doubled_and_invented_standalones_go() -> None:
    translation = (Standalone(1), Standalone(1), Text("x"), Standalone(9), Standalone(2))
    whole, repairs = await repaired([PRESS], [translation], upper)
    assert whole == [(Standalone(1), Text("x"), Standalone(2))]
    assert repairs == 1


async def test_a_lost_pair_has_its_texts_translated_one_by_one() -> None:
    whole, repairs = await repaired([BOLD], [plain("Una casa blanca")], upper)
    assert whole == [(Text("A "), Open(1), Text("WHITE"), Close(1), Text(" HOUSE "), Standalone(2))]
    assert repairs == 1


async def test_a_text_that_comes_back_empty_stays_in_the_source_language() -> None:
    assert await repaired([BOLD, plain("Hello")], [(), ()], mute) == ([BOLD, plain("Hello")], 2)


SHORT = st.text(alphabet="ab ", max_size=5)


@given(segments(SHORT), segments(SHORT))
async def test_whatever_an_engine_answers_every_code_is_there(source: Segment, answer: Segment) -> None:
    whole, _ = await repaired([source], [answer], upper)
    assert lost_codes(source, whole[0]) == []
