"""Where the fields of a CSV text are (RFC 4180, and what spreadsheets make of it), and how one is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from libs.translation.errors import PermanentFault

_DELIMITERS = ",;\t|"
#: A first line that tells Excel the delimiter.
_TOLD = re.compile(r"sep=(?P<delimiter>[^\r\n])(?:\r\n|\r|\n)", re.IGNORECASE)
#: A spreadsheet takes a field that begins so for a formula, and runs it.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Field(NamedTuple):
    """A field from ``start`` to ``end``, with its quotes if ``is_quoted``; rows and columns from 0."""

    row: int
    column: int
    start: int
    end: int
    is_quoted: bool

    def value(self, text: str) -> str:
        raw = text[self.start : self.end]
        return raw[1:-1].replace('""', '"') if self.is_quoted else raw


def first_row(text: str) -> int:
    """Where the rows begin."""
    told = _TOLD.match(text)
    return told.end() if told else 0


def delimiter_of(text: str) -> str:
    """The delimiter of a CSV file: as its first line tells, else the most frequent of the usual there."""
    if told := _TOLD.match(text):
        return told["delimiter"]
    line = re.match(r'(?:[^"\r\n]++|"(?:[^"]++|"")*+")*+', text)
    outside = re.sub(r'"[^"]*+"', "", line[0] if line else "")
    return max(_DELIMITERS, key=outside.count)


def fields(text: str, delimiter: str) -> Iterator[Field]:
    """Every field in order. Raises `PermanentFault` (``malformed``) where a quote is never closed."""
    mark = re.escape(delimiter)
    pattern = re.compile(
        rf'(?P<quoted>"(?:[^"]++|"")*+")?+(?P<bare>[^{mark}\r\n]*+)(?P<end>{mark}|\r\n|\r|\n|\Z)'
    )
    row = column = 0
    place = first_row(text)
    while place < len(text):
        match = pattern.match(text, place)
        if not match or (match["quoted"] is None and match["bare"].startswith('"')):
            raise PermanentFault("malformed", f"row {row + 1} has a quote that is never closed")
        is_quoted = match["quoted"] is not None and not match["bare"]
        yield Field(row, column, place, match.end("bare"), is_quoted)
        row, column = (row, column + 1) if match["end"] == delimiter else (row + 1, 0)
        place = match.end()


def require_same_shape(source: str, translation: str, delimiter: str) -> None:
    """As many fields in every row. Raises `PermanentFault` (``shape_changed``)."""
    pairs = zip_longest(fields(source, delimiter), fields(translation, delimiter))
    for ours, theirs in pairs:
        if not ours or not theirs or (ours.row, ours.column) != (theirs.row, theirs.column):
            row = (ours or theirs or Field(0, 0, 0, 0, False)).row + 1
            raise PermanentFault("shape_changed", f"the fields of row {row} would not be the source's")


@dataclass(frozen=True, slots=True)
class FieldWriter:
    """Writes the translation of the field ``raw``, in quotes if that had them or its own text needs them."""

    raw: str
    delimiter: str
    is_quoted: bool

    def __call__(self, value: str) -> str:
        if value.startswith(_BEGINS_FORMULA) and value[0] != self.raw.lstrip('"')[:1]:
            value = f"'{value}"
        if self.is_quoted or any(sign in value for sign in (self.delimiter, '"', "\r", "\n")):
            doubled = value.replace('"', '""')
            return f'"{doubled}"'
        return value
