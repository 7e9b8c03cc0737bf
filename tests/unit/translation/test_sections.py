"""A text file in sections is translated as it is in one piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import txt
from libs.translation.documents.document import DividingFormat
from libs.translation.documents.layout import sections
from libs.translation.documents.txt import TextFormat
from libs.translation.segments import Segment, Text
from tests.unit.translation.test_txt import LINES, PARAGRAPH

FORMAT = TextFormat()


def shouted(segments: list[Segment]) -> list[Segment]:
    return [tuple(Text(it.text.upper()) if isinstance(it, Text) else it for it in one) for one in segments]


def in_parts(data: bytes) -> tuple[list[Segment], bytes]:
    """All segments of a file's parts, and the file with each of them in capitals."""
    division = FORMAT.divide(data, "en")
    parts = list(division.parts())
    rendered = [part.render(shouted(list(part.segments))) for part in parts]
    return [segment for part in parts for segment in part.segments], division.joined(rendered)


def test_text_is_a_format_that_comes_in_parts() -> None:
    assert isinstance(FORMAT, DividingFormat)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_paragraphs_of_a_large_file_are_the_same_in_parts_as_in_one_piece(
    codec: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(txt, "_SMALLEST_SECTION", 1000)
    data = "\n".join(f"Café {n}. {PARAGRAPH}" for n in range(200)).replace("\n", end).encode(codec)
    whole = FORMAT.parse(data, "en")
    segments, rendered = in_parts(data)
    assert len(list(FORMAT.divide(data, "en").parts())) > 4
    assert segments == list(whole.segments)
    assert rendered == whole.render(shouted(segments))


def test_one_part_that_does_not_fit_the_encoding_takes_all_others_to_utf_8(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(txt, "_SMALLEST_SECTION", 1000)
    data = "\n\n".join(f"Café {n} " + "is a word " * 20 for n in range(50)).encode("cp1252")
    division = FORMAT.divide(data, "fr")
    parts = list(division.parts())
    first, *others = [list(part.segments) for part in parts]
    changed = [[(Text("Дом"),), *first[1:]], *others]
    rendered = [part.render(translations) for part, translations in zip(parts, changed, strict=True)]
    said = division.joined(rendered).decode()
    assert said.startswith("Дом")
    assert said.count("Café") == 49


@given(st.lists(LINES, max_size=6), st.integers(min_value=1, max_value=60))
def test_sections_are_the_text_again(texts: list[str], size: int) -> None:
    found = list(sections(texts, size))
    assert "".join(found) == "".join(texts)
    assert all(len(section) <= 2 * size for section in found[:-1])


@pytest.mark.parametrize("cell", ["a\n", "a\t", "a   "])
def test_sections_of_short_lines_and_cells_are_small(cell: str) -> None:
    largest = max(map(len, sections([cell * 200_000], 1024 * 1024)))
    assert largest <= 4 * 20_000 * len(cell)


@given(LINES)
def test_any_text_comes_back_in_parts_as_in_one_piece(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(txt, "_SMALLEST_SECTION", 50)
        division = FORMAT.divide(text.encode(), "en")
        assert division.joined([part.render(part.segments) for part in division.parts()]) == text.encode()
