"""The libraries that come to mind first, used as their documentation shows. `benchmarks.documents.packages`
has to be on the path before this is imported.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from io import BytesIO, StringIO
from typing import Any

import docx
import mdformat
import odfdo
import openpyxl
import polib
import pptx
import pysubs2
import webvtt
from bs4 import BeautifulSoup
from lxml import etree, html

from benchmarks.documents.contender import Contender, Trip, one_by_one
from tests.corpora.documents import RealDocument

Trips = Callable[[Sequence[RealDocument]], Sequence[Trip]]
HandsOut = Callable[[bytes], Iterable[str]]


def contenders() -> Mapping[str, Sequence[Contender]]:
    """By format."""
    return {
        "html": [
            _named("lxml", one_by_one(lambda data: html.tostring(html.document_fromstring(data)))),
            _named("beautifulsoup4", one_by_one(lambda data: str(BeautifulSoup(data, "html.parser")))),
        ],
        "markdown": [_named("mdformat", one_by_one(_markdown))],
        "json": [Contender("json of Python", one_by_one(_json))],
        "csv": [Contender("csv of Python", one_by_one(partial(_table, delimiter=",")))],
        "tsv": [Contender("csv of Python", one_by_one(partial(_table, delimiter="\t")))],
        "srt": [_named("pysubs2", one_by_one(_srt))],
        "vtt": [_named("webvtt-py", one_by_one(lambda data: webvtt.from_string(data.decode()).content))],
        "po": [_named("polib", one_by_one(lambda data: str(polib.pofile(data.decode()))))],
        "xliff": [_named("lxml", one_by_one(lambda data: etree.tostring(etree.fromstring(data))))],
        "docx": [_named("python-docx", one_by_one(_docx), _docx_texts)],
        "pptx": [_named("python-pptx", one_by_one(_pptx), _pptx_texts)],
        "xlsx": [_named("openpyxl", one_by_one(_xlsx), _xlsx_texts)],
        "odt": [_named("odfdo", one_by_one(_odt), _odt_texts)],
    }


def _named(package: str, trips: Trips, handed_out: HandsOut | None = None) -> Contender:
    return Contender(f"{package} {version(package)}", trips, handed_out)


def _markdown(data: bytes) -> str:
    return str(mdformat.text(data.decode(), extensions={"gfm"}))


def _json(data: bytes) -> str:
    return json.dumps(json.loads(data), ensure_ascii=False, indent=2) + "\n"


def _table(data: bytes, delimiter: str) -> str:
    file = StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(
        csv.reader(StringIO(data.decode(), newline=""), delimiter=delimiter)
    )
    return file.getvalue()


def _srt(data: bytes) -> str:
    return str(pysubs2.SSAFile.from_string(data.decode()).to_string("srt"))


def _docx(data: bytes) -> bytes:
    document = docx.Document(BytesIO(data))
    for paragraph in document.paragraphs:
        for run in paragraph.runs:
            run.text = run.text
    return _saved(document)


def _docx_texts(data: bytes) -> Iterator[str]:
    for paragraph in docx.Document(BytesIO(data)).paragraphs:
        yield "".join(run.text for run in paragraph.runs)


def _pptx(data: bytes) -> bytes:
    presentation = pptx.Presentation(BytesIO(data))
    for paragraph in _pptx_paragraphs(presentation):
        for run in paragraph.runs:
            run.text = run.text
    return _saved(presentation)


def _pptx_texts(data: bytes) -> Iterator[str]:
    for paragraph in _pptx_paragraphs(pptx.Presentation(BytesIO(data))):
        yield str(paragraph.text)


def _pptx_paragraphs(presentation: Any) -> Iterator[Any]:
    for slide in presentation.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield from shape.text_frame.paragraphs


def _xlsx(data: bytes) -> bytes:
    book = openpyxl.load_workbook(BytesIO(data))
    for cell in _xlsx_cells(book):
        cell.value = str(cell.value)
    return _saved(book)


def _xlsx_texts(data: bytes) -> Iterator[str]:
    return (str(cell.value) for cell in _xlsx_cells(openpyxl.load_workbook(BytesIO(data))))


def _xlsx_cells(book: Any) -> Iterator[Any]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from (cell for cell in row if cell.data_type == "s")


def _odt(data: bytes) -> bytes:
    document = odfdo.Document(BytesIO(data))
    for paragraph in document.body.get_paragraphs() + document.body.headers:
        paragraph.text = paragraph.text
    return _saved(document)


def _odt_texts(data: bytes) -> Iterator[str]:
    body = odfdo.Document(BytesIO(data)).body
    return (str(paragraph.inner_text) for paragraph in body.get_paragraphs() + body.headers)


def _saved(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()
