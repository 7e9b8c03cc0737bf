"""Parsing and rendering cancel out, in every format, on whatever is generated."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.translation.documents import FORMATS
from libs.translation.documents.document import DocumentFormat, Original
from tests.unit.translation import (
    test_csv,
    test_docx,
    test_html,
    test_json,
    test_markdown,
    test_odt,
    test_po,
    test_pptx,
    test_subtitles,
    test_txt,
    test_xliff,
    test_xlsx,
)
from tests.unit.translation.office_files import docx

CODECS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
COLUMNS = [["a", "b", "c", "d", "e", "f"]]


def encoded(texts: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return st.builds(lambda text, codec: text.encode(codec, "replace"), texts, CODECS)


def tables(delimiters: str) -> st.SearchStrategy[str]:
    rows = test_csv.ROWS.map(lambda rows: COLUMNS + rows)
    return st.builds(test_csv.written, rows, st.sampled_from(delimiters), st.sampled_from(test_csv.QUOTING))


#: Documents of each format, by its name.
GENERATED: Mapping[str, st.SearchStrategy[bytes]] = {
    "txt": encoded(test_txt.LINES),
    "html": encoded(test_html.SOUP),
    "markdown": encoded(test_markdown.SOUP),
    "json": encoded(test_json.WRITTEN),
    "csv": encoded(tables(",;\t|")),
    "tsv": encoded(tables("\t")),
    "srt": encoded(test_subtitles.SOUP),
    "vtt": encoded(test_subtitles.SOUP.map("WEBVTT\n\n".__add__)),
    "po": st.builds(lambda text, end: text.replace("\n", end).encode(), test_po.catalogues(), NEWLINES),
    "xliff": test_xliff.SOURCES.map(lambda sources: test_xliff.in_1(test_xliff.units(sources)).encode()),
    "docx": test_docx.PARAGRAPHS.map(docx),
    "pptx": test_pptx.PARAGRAPHS.map(test_pptx.presentation),
    "xlsx": test_xlsx.STRINGS.map(test_xlsx.workbook),
    "odt": test_odt.PARAGRAPHS.map(test_odt.odt),
}


def test_every_format_is_generated() -> None:
    assert {form.name for form in FORMATS} == GENERATED.keys()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: str(form.name))
@given(chance=st.data())
def test_an_engine_that_changes_nothing_changes_no_byte(form: DocumentFormat, chance: st.DataObject) -> None:
    data = chance.draw(GENERATED[form.name])
    document = Original(form, data, "en", {"csv_header": "none"}).taken_apart()
    assert document.render(document.segments) == data
