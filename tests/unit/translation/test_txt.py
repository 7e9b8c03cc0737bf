import gc
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import FORMATS, format_of
from libs.translation.documents.document import Document
from libs.translation.documents.txt import TextFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, Text, text_of

PARAGRAPH = """\
This is a paragraph of English text that was wrapped by hand at about
seventy columns, so that it reads well in a narrow window, and for no
other reason than that.
"""


def parsed(text: str) -> Document:
    return TextFormat().parse(text.encode(), "en")


def texts(text: str) -> list[str]:
    return [text_of(segment) for segment in parsed(text).segments]


def shouted(text: str) -> str:
    document = parsed(text)
    return document.render([_upper(segment) for segment in document.segments]).decode()


def _upper(segment: Segment) -> Segment:
    return tuple(Text(token.text.upper()) if isinstance(token, Text) else token for token in segment)


@pytest.mark.parametrize(
    ("name", "known"), [("a/b.TXT", True), ("b.text", True), ("b", False), ("b.exe", False)]
)
def test_a_format_is_chosen_by_extension_in_any_case(name: str, known: bool) -> None:
    assert format_of(name) == (FORMATS[0] if known else None)


LINES = st.lists(
    st.sampled_from(
        [
            "\r",
            "\n",
            "\r\n",
            "\x0b",
            "\x0c",
            "\x85",
            "\u2028",
            "\t",
            "   ",
            "> ",
            "- ",
            "1. ",
            "word " * 12,
            "word",
            "é",
            "https://a.b/c",
            "{x}",
            "~",
            "\u00ad",
            ".",
            "a" * 50,
        ]
    ),
    max_size=40,
).map("".join)


@given(LINES)
def test_only_texts_change_and_every_line_that_stands_alone_keeps_its_place(text: str) -> None:
    assert shouted(text).upper().split() == text.upper().split()


@given(st.binary())
def test_any_bytes_are_returned_or_refused(data: bytes) -> None:
    try:
        document = TextFormat().parse(data, "en")
    except PermanentFault:
        return
    assert document.render(document.segments) == data


def test_an_empty_file_is_an_empty_file() -> None:
    assert texts("") == []
    assert shouted("") == ""


def test_wrapped_lines_are_one_segment_and_wrapped_again_to_their_width() -> None:
    assert texts(PARAGRAPH) == [PARAGRAPH.replace("\n", " ").strip()]
    assert shouted(PARAGRAPH) == PARAGRAPH.upper()
    document = parsed(PARAGRAPH)
    longer = document.render([(Text("wortlang " * 40 + "end"),)]).decode()
    assert longer.endswith(" end\n")
    assert max(len(line) for line in longer.splitlines()) <= 70
    assert len(longer.splitlines()) == 6


PROGRAMME = """\
09:00 registration and coffee in the entrance hall of the museum
10:00 opening speech by the director and the lady mayor of the town
11:30 guided tour through the new wing with the architect herself
"""
CHAT = """\
[10:01] anna: hello, is anybody from the support team here today?
[10:02] ben: yes, I am; what is it that does not work for you, anna
[10:04] anna: the export of the monthly report stops at page twelve
"""
SENTENCES = """\
هذا هو السطر الأول من النص وهو جملة كاملة مستقلة بنفسها تماما.
هل هذا هو السطر الثاني من النص وهو جملة أخرى مستقلة عن الأولى؟
وهذا هو السطر الثالث من النص وفيه جملة ثالثة لا علاقة لها بها.
"""


@pytest.mark.parametrize("text", [PROGRAMME, CHAT, SENTENCES])
def test_a_record_or_a_sentence_a_line_stays_so(text: str) -> None:
    assert texts(text) == text.splitlines()


def test_a_number_or_a_full_stop_at_the_end_of_a_line_by_chance_breaks_no_paragraph() -> None:
    text = PARAGRAPH.replace("at about\nseventy columns, so", "at about\n70 columns. So").replace(
        "for no\n", "no.\n"
    )
    assert len(texts(text)) == 1


@pytest.mark.parametrize(("end", "indent"), [("\r\n", "    "), (" \r", "> "), ("  \n", "> > ")])
def test_wrapped_lines_keep_line_ends_trailing_blanks_and_indent(end: str, indent: str) -> None:
    text = "".join(indent + line + end for line in PARAGRAPH.splitlines())
    assert len(texts(text)) == 1
    assert shouted(text) == text.upper()


ODD = ["a", "a.", "a@", "{", "> ", "(a", "http://", "www..", "<%", "\t", "1) ", "{a}"]
ODD += ["{{", "{{a{b}", "{{{", "<%a", "{%a", "{a,date,", "{ a", "%", "%#@a", "%d", "%dK", "_x00", "a_x0000_"]
ODD += ["$", "$a", "$$", "\\(", "\\[a", "a_", "{a,plural,", "{a,plural,{{}"]


@pytest.mark.parametrize("text", ODD)
def test_the_time_of_an_odd_line_grows_with_its_length_and_no_faster(text: str) -> None:
    """Eight times the line takes about eight times as long; 64 times, if each place looked at all others."""
    assert _seconds(text * 80_000) < 24 * max(_seconds(text * 10_000), 0.001)


def _seconds(line: str) -> float:
    gc.disable()  # its passes over all that is alive are no matter of the line
    try:
        began = time.thread_time()
        assert shouted(line + "a")
        return time.thread_time() - began
    finally:
        gc.enable()
