"""The tables of a workbook. Each column is named as its header cell says, or Excel "repairs" the file."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import NamedTuple

from lxml import etree

from libs.translation.documents.office.package import Package
from libs.translation.documents.trees.tree import Element, local, parsed, serialised, words
from libs.translation.errors import PermanentFault

SHARED = "xl/sharedStrings.xml"
_RELATIONS = re.compile(r"xl/worksheets/_rels/(?P<sheet>[^/]+)\.rels")
_AREA = re.compile(r"(?P<left>[A-Z]{1,3})(?P<row>\d{1,7}):(?P<right>[A-Z]{1,3})\d{1,7}")
_WITH_FORMULAS = re.compile(r"xl/(?:workbook|(?:worksheets|tables)/[^/]+)\.xml")
#: A formula that names a column of a table, ``Sales[Price]``, or something else in brackets.
_REFERENCE = re.compile(
    rb"<(?:\w+:)?(?:f|calculatedColumnFormula|totalsRowFormula|definedName)\b[^>]*>[^<]*\["
)
_WIDEST = 16_384


class Header(NamedTuple):
    """A column's header: its place in the table's part, the sheet and cell it is in, and the shared string
    (-1: its text is in the cell).
    """

    table: str
    column: int
    sheet: str
    cell: str
    shared: int


def headers(package: Package) -> list[Header]:
    """Of every table with a header row."""
    return [header for sheet, table in _tables(package) for header in _headers(package, sheet, table)]


def are_referred_to(package: Package) -> bool:
    """Whether some formula may name a column; formulas stay as they are, so the names must, too."""
    names = (name for name in package.names if _WITH_FORMULAS.fullmatch(name))
    return any(_REFERENCE.search(package.read(name)) for name in names)


def renamed(
    package: Package, changed: Mapping[str, bytes], found: list[Header], strings: Callable[[bytes], list[str]]
) -> dict[str, bytes]:
    """The tables' parts with the names their header cells have now.

    Raises `PermanentFault` (``shape_changed``) where two columns would have one name.
    """
    shared = strings(changed[SHARED]) if SHARED in changed else None
    tables: dict[str, Element] = {}
    for header in found:
        name = _new_name(header, changed, shared)
        if name is not None:
            if header.table not in tables:
                tables[header.table] = parsed(package.read(header.table), header.table)
            _columns(tables[header.table])[header.column].set("name", name)
    for part, table in tables.items():
        names = [(column.get("name") or "").casefold() for column in _columns(table)]
        if len(set(names)) < len(names):
            raise PermanentFault("shape_changed", f"{part}: two columns would have the same name")
    return {part: serialised(table, package.read(part)) for part, table in tables.items()}


def _new_name(header: Header, changed: Mapping[str, bytes], shared: list[str] | None) -> str | None:
    if header.shared >= 0:
        return shared[header.shared] if shared and header.shared < len(shared) else None
    if header.sheet not in changed:
        return None
    cell = _cells(changed[header.sheet], header.sheet, {header.cell}).get(header.cell)
    return None if cell is None else words(cell)


def _tables(package: Package) -> Iterator[tuple[str, str]]:
    for name in package.names:
        if match := _RELATIONS.fullmatch(name):
            for relation in parsed(package.read(name), name):
                if (relation.get("Type") or "").endswith("/table"):
                    target = relation.get("Target") or ""
                    part = posixpath.normpath(posixpath.join("/xl/worksheets", target))[1:]
                    if part in package.names and f"xl/worksheets/{match['sheet']}" in package.names:
                        yield f"xl/worksheets/{match['sheet']}", part


def _headers(package: Package, sheet: str, table: str) -> Iterator[Header]:
    root = parsed(package.read(table), table)
    area = _AREA.fullmatch(root.get("ref") or "")
    if not area or root.get("headerRowCount") == "0":
        return
    left, right = _number(area["left"]), _number(area["right"])
    wanted = [f"{_letters(column)}{area['row']}" for column in range(left, min(right, _WIDEST) + 1)]
    cells = _cells(package.read(sheet), sheet, set(wanted))
    for column, place in enumerate(wanted[: len(_columns(root))]):
        cell = cells.get(place)
        if cell is not None and cell.get("t") in {"s", "inlineStr"}:
            number = words(cell).strip() if cell.get("t") == "s" else ""
            yield Header(table, column, sheet, place, int(number) if number.isdecimal() else -1)


def _cells(data: bytes, name: str, wanted: set[str]) -> dict[str, Element]:
    """Cells of one row; no tree of the sheet is made, which may be large."""
    found: dict[str, Element] = {}
    rows = {re.sub("[A-Z]", "", place) for place in wanted}
    events = etree.iterparse(
        BytesIO(data), tag="{*}row", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for _, row in events:
            if row.get("r") in rows:
                found |= {place: cell for cell in row if (place := cell.get("r") or "") in wanted}
                break
            row.clear()
    except etree.XMLSyntaxError as error:
        raise PermanentFault("malformed", f"{name} is not well-formed XML: {error}") from error
    return found


def _columns(table: Element) -> list[Element]:
    return [element for element in table.iter() if local(element) == "tableColumn"]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
