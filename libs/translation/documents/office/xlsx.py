"""Workbooks (ECMA-376): texts of cells, comments, shapes and charts, and what data validation tells.
Formulas, their results, numbers and the names of sheets stay.
"""

import re
from collections.abc import Iterator, Mapping

from libs.translation.documents.document import Document
from libs.translation.documents.office.drawing import drawing_flows
from libs.translation.documents.office.office import Flows, document_of, opened
from libs.translation.documents.office.runs import Dialect, Formats, RunFlow
from libs.translation.documents.office.xlsx_tables import SHARED, Header, are_referred_to, headers, renamed
from libs.translation.documents.strings.message import is_read
from libs.translation.documents.trees.attribute import AttributeFlow
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.tree import Element, Shape, local, parsed, words

_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
_COMMENTS = re.compile(r"xl/comments\d*\.xml|xl/comments/comment\d*\.xml")
_DRAWINGS = re.compile(r"xl/(?:drawings/drawing|charts/chart)\d*\.xml")
_SHEET = Dialect(
    head=frozenset(),
    tail=frozenset({"rPh", "phoneticPr"}),
    pairs=frozenset(),
    dropped=frozenset(),
    no_format=frozenset(),
    nouns=frozenset(),
    tells_space=True,
)
_SHAPE = Shape(
    flows=frozenset({"si", "is", "text", "p"}),
    fluid=frozenset({"r"}),
    ignored=frozenset({"t", "rPr", "rPh", "phoneticPr", "endParaRPr"}),
)
#: Most sheets hold no text of their own, and can be large: those are not read as trees.
_HAS_TEXT = re.compile(rb"inlineStr|dataValidation\b")
_TOLD = ("promptTitle", "prompt", "errorTitle", "error")


class XlsxFormat:
    name = "xlsx"
    extensions = frozenset({".xlsx", ".xlsm", ".xltx"})
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    memory_a_byte = 500
    inline_bytes = 0

    def parse(self, data: bytes, language: str) -> Document:  # noqa: ARG002 - it tells its encoding
        """`PermanentFault`: those of `Package` and of `trees.tree.parsed`, ``too_much_markup``."""
        package = opened(data, "xl/workbook.xml")
        found = headers(package)
        kept: list[Header] = found if found and are_referred_to(package) else []
        sheets = [name for name in package.names if _SHEETS.fullmatch(name)]
        with_text = [re.escape(name) for name in sheets if _HAS_TEXT.search(package.read(name))]
        parts: list[tuple[re.Pattern[str], Flows]] = [
            (re.compile(re.escape(SHARED)), lambda root: _shared(root, {header.shared for header in kept})),
            (re.compile("|".join(with_text) or "(?!)"), lambda root: _sheet(root, {h.cell for h in kept})),
            (_COMMENTS, _comments),
            (_DRAWINGS, drawing_flows),
        ]

        def join(changed: Mapping[str, bytes]) -> bytes:
            tables = {} if kept else renamed(package, changed, found, _strings)
            return package.with_parts({**changed, **tables})

        return document_of(data, package, parts, _SHAPE, join)


def _shared(root: Element, kept: set[int]) -> Iterator[Flow]:
    formats = Formats(_SHEET)
    for number, text in enumerate(_texts(root)):
        if number not in kept and is_read(_said(text)):
            yield RunFlow(text, _SHEET, formats)


def _sheet(root: Element, kept: set[str]) -> Iterator[Flow]:
    formats = Formats(_SHEET)
    for text in root.iter("{*}is"):
        cell = text.getparent()
        if (cell is None or cell.get("r") not in kept) and is_read(_said(text)):
            yield RunFlow(text, _SHEET, formats)
    for validation in root.iter("{*}dataValidation"):
        for name in _TOLD:
            if is_read(validation.get(name) or ""):
                yield AttributeFlow(validation, name)


def _comments(root: Element) -> Iterator[Flow]:
    formats = Formats(_SHEET)
    for text in root.iter("{*}text"):
        yield RunFlow(text, _SHEET, formats)


def _strings(data: bytes) -> list[str]:
    return [_said(text) for text in _texts(parsed(data, SHARED))]


def _texts(root: Element) -> list[Element]:
    return [element for element in root if local(element) == "si"]


def _said(text: Element) -> str:
    """Without how it is pronounced."""
    return "".join(words(element) for element in text if local(element) in {"r", "t"})
