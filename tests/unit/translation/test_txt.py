import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import FORMATS, format_of
from libs.translation.documents.document import Document
from libs.translation.documents.txt import LONGEST_SEGMENT, TextFormat
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, Text, characters, text_of

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


@given(LINES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_an_engine_that_changes_nothing_changes_no_byte(text: str, codec: str) -> None:
    data = text.encode(codec)
    document = TextFormat().parse(data, "en")
    assert document.render(document.segments) == data


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


@pytest.mark.parametrize(("end", "indent"), [("\r\n", "    "), (" \r", "> "), ("  \n", "> > ")])
def test_wrapped_lines_keep_line_ends_trailing_blanks_and_indent(end: str, indent: str) -> None:
    text = "".join(indent + line + end for line in PARAGRAPH.splitlines())
    assert len(texts(text)) == 1
    assert shouted(text) == text.upper()


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith\n5 Main Street\nLondon\n",
        "Shall I compare thee to a summer's day, and say\nThou art more lovely and more temperate:\n",
        "Title\n=====\nfirst\n",
        "This is one very long line, and nobody wrapped it, " * 5 + "\nhere goes the next\n",
    ],
)
def test_addresses_verses_and_headings_go_line_by_line(text: str) -> None:
    assert texts(text) == [line.strip() for line in text.splitlines() if line.strip("=")]
    assert shouted(text) == text.upper()


def test_list_items_are_apart_and_their_marks_are_kept() -> None:
    text = (
        " - a first item that is long enough to go on to one more line in\n"
        "   this list\n 2) second\n# head\n* third\n"
    )
    first = "a first item that is long enough to go on to one more line in this list"
    assert texts(text) == [first, "second", "head", "third"]
    assert shouted(text) == text.upper()


def test_columns_are_apart() -> None:
    assert texts("Name\tPrice     Colour of it\n") == ["Name", "Price", "Colour of it"]
    assert shouted("Name\tPrice     Colour\n") == "NAME\tPRICE     COLOUR\n"


def test_placeholders_are_not_translated() -> None:
    text = (
        "Dear {name}, see https://a.io/x?y=z. Or write to j.doe+x@mail.example.com: %d items (${n}, %(k)s)!\n"
    )
    for kept in ("{name}", "https://a.io/x?y=z", "j.doe+x@mail.example.com", "%d", "${n}", "%(k)s"):
        assert kept in shouted(text)
        assert kept not in texts(text)[0]
    assert "SEE https" in shouted(text)
    assert "100% DONE, 5% DISCOUNT" in shouted("100% done, 5% discount")


def test_a_lost_code_fails_the_file() -> None:
    with pytest.raises(PermanentFault, match="segment 1: standalone codes") as fault:
        parsed("Dear {name}").render([(Text("Hola"),)])
    assert fault.value.code == "codes_lost"


def test_a_paragraph_longer_than_a_segment_is_cut_at_sentences() -> None:
    text = "This is a sentence. " * 3_000
    segments = parsed(text).segments
    assert len(segments) == 3
    assert all(characters([segment]) <= LONGEST_SEGMENT for segment in segments)
    assert all(text_of(segment).rstrip().endswith(".") for segment in segments)
    assert shouted(text) == text.upper()


@pytest.mark.parametrize(
    "text", ["a", "a.", "a@", "{", "> ", "(a", "http://", "www..", "<%", "\t", "1) ", "{a}"]
)
def test_no_line_of_80000_however_odd_takes_long(text: str) -> None:
    start = time.monotonic()
    assert shouted(text * 80_000 + "a")
    assert time.monotonic() - start < 2
