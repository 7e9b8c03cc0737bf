"""How engines behind HTTP write segments, and what they tell of errors; no server needed."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from libs.translation.cutting import CODE_UNITS
from libs.translation.engines import EngineOptions, open_engine
from libs.translation.engines.azure.markup import encode as as_html
from libs.translation.engines.libretranslate.markers import encode as with_markers
from libs.translation.engines.remote import LONGEST_WAIT, told, wait_asked
from libs.translation.segments import Close, Open, Segment, Standalone, Term, Text, joined, plain
from tests.unit.translation.strategies import segments

#: With all that either notation is made of.
TEXTS = st.text(st.sampled_from("ab &;<>\"'[]X0#x/ñ😀\n"), max_size=20) | st.sampled_from(
    [
        "&amp;",
        "&lt",
        "&#65;",
        "[X0X]",
        "[ x 1 X ]",
        '<b id="0">',
        "</span>",
        '<span id="0">',
        "R&D",
        "<mstrans:",
    ]
)


@given(segments(TEXTS))
def test_azures_markup_comes_back_as_the_segment_it_was(segment: Segment) -> None:
    encoded = as_html(segment, dictionary=False)
    assert encoded.decode(encoded.text) == joined(segment)


@given(segments(TEXTS))
def test_libretranslates_markers_come_back_as_the_segment_they_were(segment: Segment) -> None:
    encoded = with_markers(segment)
    assert encoded.decode(encoded.text) == joined(segment)


@given(st.integers(1, 1_041), st.booleans())
def test_a_code_takes_no_more_of_a_request_than_is_counted_for_it(codes: int, are_pairs: bool) -> None:
    numbers = range(10**9, 10**9 + codes)
    tokens = [t for n in numbers for t in ((Open(n), Close(n)) if are_pairs else (Standalone(n),))]
    assert as_html(tuple(tokens), dictionary=False).units <= CODE_UNITS * len(tokens)


@pytest.mark.parametrize(
    ("answer", "segment"),
    [
        ('<B ID="0">A</B>', (Open(1), Text("A"), Close(1))),
        ("A <b id='0' class=x>B</b>", (Text("A "), Open(1), Text("B"), Close(1))),
        ("A</b>", (Text("A"),)),
        ('<b id="7">A</b>', (Text("A"),)),
        ('<b>A</b><b id="1">B', (Text("AB"),)),
        ('<span class="notranslate" id="1">1', (Text("1"),)),
        ('a<span id="1">?</span>b', (Text("a"), Standalone(2), Text("b"))),
        ('a<span id="1"></span>b<i>', (Text("a"), Standalone(2), Text("b<i>"))),
    ],
)
def test_torn_markup_leaves_no_tags_in_the_text(answer: str, segment: Segment) -> None:
    source: Segment = (Open(1), Text("x"), Close(1), Standalone(2))
    assert as_html(source, dictionary=False).decode(answer) == segment


def test_a_term_that_is_to_stay_is_never_lost_unseen() -> None:
    encoded = as_html((Text("in "), Term(1, "Oslo", "Oslo")), dictionary=True)
    assert encoded.decode(f"⟦{encoded.text}⟧") == (Text("⟦in "), Term(1, "Oslo", "Oslo"), Text("⟧"))
    assert encoded.decode("in") == ()


def test_markers_are_found_again_whatever_a_model_did_to_them() -> None:
    encoded = with_markers((Open(5), Text("x"), Close(5), Standalone(6)))
    assert encoded.decode("[ X0x]a[x1 X] [X2X] [X9X]") == (
        Open(5), Text("a"), Close(5), Text(" "), Standalone(6), Text(" "),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "3"}, 3),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "nan"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "999999999"}, LONGEST_WAIT),
        ({"x-ms-retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_a_wait_is_read_in_every_form_and_bounded(headers: dict[str, str], seconds: float) -> None:
    assert wait_asked(headers) == seconds


def test_a_wait_may_be_told_as_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    assert 500 < wait_asked({"Retry-After": date}) <= 600


def test_what_is_told_of_an_error_is_one_short_line_without_the_secret() -> None:
    line = told("Engine", "a\nb\x1b[31m key: s3cret " + "x" * 1_000, "s3cret")
    assert line.startswith("Engine: a b [31m key: *** x")
    assert len(line) < 320


def test_an_engine_without_a_way_to_log_in_is_not_opened() -> None:
    with pytest.raises(ValueError, match="key"):
        open_engine("azure")
    with pytest.raises(ValueError, match="URL"):
        open_engine("libretranslate")


def test_options_never_show_a_secret() -> None:
    shown = repr(EngineOptions(azure_key=SecretStr("s3cret"), libretranslate_api_key=SecretStr("s3cret")))
    assert "s3cret" not in shown


def test_plain_text_goes_to_azure_as_it_is() -> None:
    encoded = as_html(plain("R&D <3"), dictionary=True)
    assert (encoded.text, encoded.is_html) == ("R&D <3", False)
