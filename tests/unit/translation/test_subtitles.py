from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import format_of
from libs.translation.documents.subtitle_cues import cues, require_same_shape
from libs.translation.documents.subtitles import SubRipFormat, WebVttFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, plain
from tests.unit.translation import taking_apart
from tests.unit.translation.pace import assert_linear
from tests.unit.translation.rewording import backwards, split, upper
from tests.unit.translation.taking_apart import rendered

SRT, VTT = SubRipFormat(), WebVttFormat()
texts = partial(taking_apart.texts, SRT)
reworded = partial(taking_apart.reworded, SRT)
TIMES = "00:00:01,000 --> 00:00:02,500"

PIECES = st.sampled_from(
    ["\n", "\r\n", "\r", f"{TIMES}\n", "1\n", "00:01.000 --> 00:02.000 line:0\n", "Hello ", "world", "- ",
     "<i>", "</i>", "<v Mary>", "<c.loud>", "</c>", "{\\an8}", "<00:01.500>", "&amp;", "{x}",
     "--> ", "é ", " "]
)  # fmt: skip
SOUP = st.lists(PIECES, max_size=40).map(lambda pieces: f"1\n{TIMES}\nHello\n" + "".join(pieces))


@given(SOUP, st.sampled_from([SRT, VTT]), st.sampled_from([upper, backwards, split]))
def test_other_words_leave_every_cue_at_its_time(
    text: str, form: SubRipFormat, how: Callable[[Segment], Segment]
) -> None:
    new = taking_apart.reworded(form, text, how)
    assert [cue.timing for cue in cues(new)] == [cue.timing for cue in cues(text)]


@given(st.binary())
def test_any_bytes_are_returned_or_refused(data: bytes) -> None:
    try:
        document = SRT.parse(data, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == data


def test_names_of_subtitles() -> None:
    assert type(format_of("a.SRT")) is SubRipFormat
    assert isinstance(format_of("a.vtt"), WebVttFormat)


def test_the_lines_of_a_cue_are_one_text_and_those_of_two_speakers_two() -> None:
    source = f"1\r\n{TIMES}\r\nThe <i>white</i>\r\nhouse.\r\n\r\n2\r\n{TIMES}\r\n{{\\an8}}- Who?\r\n- Me.\r\n"
    assert texts(source) == ["The white house.", "- Who?", "- Me."]
    assert reworded(source, upper) == source.replace("The", "THE").replace("white", "WHITE").replace(
        "house", "HOUSE"
    ).replace("Who", "WHO").replace("Me", "ME")


def test_notes_styles_names_and_settings_of_webvtt_stay() -> None:
    source = (
        "WEBVTT - A title\n\nNOTE A note\nof two lines\n\nSTYLE\n::cue { color: red }\n\nintro\n"
        "00:01.000 --> 00:02.000 line:0 align:start\n<v Mary>Salt &amp; <c.a>pepper</c>,\n<00:01.500>please"
    )
    assert taking_apart.texts(VTT, source) == ["Salt & pepper, please"]
    assert taking_apart.reworded(VTT, source, upper) == source.replace("Salt", "SALT").replace(
        "pepper", "PEPPER"
    ).replace("please", "PLEASE")


def test_no_translation_ends_a_cue_early() -> None:
    source = f"1\n{TIMES}\nOne\ntwo\n\n2\n{TIMES}\nThree\n"
    document = SRT.parse(source.encode(), "en")
    first, second = document.segments
    moved = (first[1], *plain("a\n\nb"))
    assert document.render([moved, second]).decode() == source.replace("One\ntwo", "a b")


def test_markup_of_a_webvtt_translation_is_escaped() -> None:
    document = VTT.parse(b"WEBVTT\n\n00:01.000 --> 00:02.000\nWord\n", "en")
    assert document.render([plain("a <b> --> c&d")]).endswith(b"\na &lt;b&gt; --&gt; c&amp;d\n")


def test_a_missing_empty_line_makes_no_text_of_the_next_number() -> None:
    assert texts(f"1\n{TIMES}\nOne\n2\n{TIMES}\nTwo\n3") == ["One", "Two 3"]


def test_what_is_no_subrip_is_refused() -> None:
    with pytest.raises(PermanentFault) as fault:
        SRT.parse(b"<html>Not found</html>", "en")
    assert fault.value.code == "malformed"
    assert SRT.parse(b"", "en").segments == []


@pytest.mark.parametrize(
    "translation",
    [f"{TIMES}\n\nb", f"{TIMES}\n", f"{TIMES}\nb\n\n{TIMES}\nc", TIMES.replace("1", "2") + "\nb", ""],
)
def test_another_shape_is_told_with_its_cue(translation: str) -> None:
    with pytest.raises(PermanentFault, match=r"cue [12]") as fault:
        require_same_shape(f"{TIMES}\na", translation)
    assert fault.value.code == "shape_changed"


@pytest.mark.parametrize(
    "unit", ["a", "<", "<a", "{\\", "\n", f"{TIMES}\na\n", "- a\n", "<i>", "</i>", " ", "a\n", "1\n"]
)
def test_time_grows_with_size_alone(unit: str) -> None:
    def work(text: str) -> object:
        return rendered(SRT.parse(f"1\n{TIMES}\n{text} end".encode(), "en"), upper)

    assert_linear(work, unit, 5_000)
