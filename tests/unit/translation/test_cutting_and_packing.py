from hypothesis import given
from hypothesis import strategies as st

from libs.translation.cutting import CODE_UNITS, cut, rejoined, units_of
from libs.translation.engines.engine import Limits
from libs.translation.packing import pack
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

TEXTS = st.text(alphabet="ab .!\U0001f600。", max_size=400)


@given(segments(TEXTS))
def test_a_segment_in_pieces_is_the_segment_again(segment: Segment) -> None:
    assert rejoined(cut(segment, 200 + 8 * CODE_UNITS)) == segment


@given(segments(TEXTS))
def test_pieces_fit_and_are_balanced(segment: Segment) -> None:
    units = 200 + 8 * CODE_UNITS
    for piece in cut(segment, units):
        assert units_of(piece) <= units
        assert lost_codes(piece, piece) == []


def test_a_cut_falls_on_a_sentence_end_before_a_blank_before_a_letter() -> None:
    assert [text_of(p) for p in cut(plain("One two. Three four"), 15)] == ["One two. ", "Three four"]
    assert [text_of(p) for p in cut(plain("One two three"), 10)] == ["One two ", "three"]
    assert [text_of(p) for p in cut(plain("Onetwothree"), 5)] == ["Onetw", "othre", "e"]


def test_a_character_of_two_units_is_not_cut() -> None:
    assert [text_of(p) for p in cut(plain("\U0001f600" * 3), 3)] == ["\U0001f600"] * 3


def test_a_word_of_80000_letters_is_cut_at_once() -> None:
    assert len(cut(plain("a" * 80_000), 20_000)) == 4


def test_a_pair_around_a_cut_is_closed_and_opened_again() -> None:
    segment = (Open(1), Text("One two. Three four."), Close(1))
    pieces = cut(segment, 12 + 2 * CODE_UNITS)
    assert pieces == [(Open(1), Text("One two. "), Close(1)), (Open(1), Text("Three four."), Close(1))]


def test_equal_segments_are_asked_once_and_those_without_letters_never() -> None:
    packing = pack([plain("Yes"), plain("1,000"), plain("Yes"), (Standalone(1),)], Limits(10, 100))
    assert packing.pieces == [plain("Yes")]
    assert packing.unpack([plain("Sí")]) == [plain("Sí"), plain("1,000"), plain("Sí"), (Standalone(1),)]


def test_blanks_an_engine_trims_come_back() -> None:
    packing = pack([plain(" One two. Three four ")], Limits(elements=10, units=14))
    assert packing.pieces == [plain(" One two. "), plain("Three four ")]
    assert packing.unpack([plain("Uno dos."), plain("Tres cuatro")]) == [plain(" Uno dos. Tres cuatro ")]


@given(st.lists(segments(TEXTS), max_size=8))
def test_an_engine_that_changes_nothing_changes_nothing(many: list[Segment]) -> None:
    packing = pack(many, Limits(elements=3, units=100 + 8 * CODE_UNITS))
    assert packing.unpack(packing.pieces) == many
