import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.engines.apertium.stream import encode
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

GARBAGE = st.text(
    alphabet=st.one_of(st.sampled_from("ab \\[]{}^$@<>/~\u00ad\0\u200b\ud800."), st.characters())
)


@given(segments(GARBAGE))
def test_a_chain_that_changes_nothing_changes_nothing(segment: Segment) -> None:
    encoded = encode(segment)
    if encoded.stream:
        back = encoded.decode(encoded.stream)
        assert text_of(back) == text_of(segment)
        assert lost_codes(segment, back) == []


@given(segments(GARBAGE))
def test_the_stream_has_nothing_in_it_that_breaks_the_pipeline(segment: Segment) -> None:
    stream = encode(segment).stream
    assert not re.search("[~\x00-\x1f\u00ad\u200b\ud800-\udfff]", stream)
    bare = re.sub(r"\\.|\[\[t:x:\d+(; t:x:\d+)*\]\]|\[\[/\]\]|\[s\d+\]|\[\]$", "", stream, flags=re.DOTALL)
    assert not re.search(r"[\\\[\]{}^$@<>/]", bare)


@pytest.mark.parametrize("eaten", "~\0\t\x85\u00ad\u061c\u200b\u200f\u2028\u202e\u2060\ud800\ufdd0\ufeff")
def test_a_character_that_the_pipeline_eats_goes_past_it(eaten: str) -> None:
    encoded = encode(plain(f"big{eaten} house"))
    assert eaten not in encoded.stream
    assert text_of(encoded.decode(encoded.stream.replace("big", "grande"))) == f"grande{eaten} house"


def test_a_pair_that_a_step_before_has_split_keeps_its_place_in_the_nest() -> None:
    white, big = (Open(1), Open(2), Text("white"), Close(2), Close(1)), (Open(1), Text("big"), Close(1))
    segment = (*white, Text(" and "), *big)
    encoded = encode(segment)
    assert encoded.decode(encoded.stream) == segment


def test_codes_become_blanks_of_both_kinds() -> None:
    segment = (Text("See "), Open(1), Text("the "), Open(2), Text("house"), Close(2), Close(1), Standalone(3))
    assert encode(segment).stream == "See [[t:x:1]]the[[/]] [[t:x:1; t:x:2]]house[[/]][s3]\ufffc.[]"


def test_words_that_moved_take_their_pair_with_them() -> None:
    encoded = encode((Text("The "), Open(1), Text("white"), Close(1), Text(" house")))
    back = encoded.decode("La casa [[t:x:1]]blanca[[/]].[]")
    assert back == (Text("La casa "), Open(1), Text("blanca"), Close(1))


def test_a_pair_on_neighbouring_words_is_one_pair() -> None:
    encoded = encode((Open(7), Text("a white house, big"), Close(7)))
    back = encoded.decode("[[t:x:7]]una[[/]] [[t:x:7; t:x:7]]casa[[/]], [[t:x:7]]grande[[/]].[]")
    assert back == (Open(7), Text("una casa, grande"), Close(7))


def test_a_pair_inside_a_pair_stays_inside() -> None:
    encoded = encode((Open(9), Open(2), Text("white"), Close(2), Text(" house"), Close(9)))
    back = encoded.decode("[[t:x:9]]casa[[/]] [[t:x:2; t:x:9]]blanca[[/]][].")
    assert back[0] == Open(9)
    assert back[1:5] == (Text("casa "), Open(2), Text("blanca"), Close(2))


@pytest.mark.parametrize("inside", [(Text("..."),), (), (Text("~"),), (Text("x" * 1001),), (Standalone(2),)])
def test_a_pair_without_a_word_to_hold_it_travels_whole(inside: Segment) -> None:
    segment = (Text("See "), Open(1), *inside, Close(1), Text(" now"))
    encoded = encode(segment)
    assert "t:x" not in encoded.stream
    assert lost_codes(segment, encoded.decode(encoded.stream)) == []


def test_a_dropped_words_blank_goes_and_the_sources_own_stay() -> None:
    assert encode(plain(" You have it")).decode("  Tienes  lo.[]") == plain(" Tienes lo")
    assert encode(plain("a  b")).decode("c  d.[]") == plain("c  d")


def test_a_segment_without_words_is_not_sent() -> None:
    assert encode((Text(" ... "), Standalone(1))).stream == ""
