"""Where the fields of a CSV text are (RFC 4180, and what spreadsheets and databases make of it), and how
one is written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from typing import NamedTuple

from libs.translation.errors import PermanentFault

_DELIMITERS = ",;\t|"
#: A first line that tells Excel the delimiter.
_TOLD = re.compile(r"sep=(?P<delimiter>[^\r\n])(?:\r\n|\r|\n)", re.IGNORECASE)
#: A spreadsheet takes a field that begins so for a formula, and runs it.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


#: A quote in an escaped field, a backslash with what it escapes, or two quotes for one.
_ESCAPE = re.compile(r'\\(?P<quote>")|\\.|""', re.DOTALL)
_BEFORE_QUOTE = re.compile(r'(?<!\\)(?P<backslashes>\\*+)(?P<quote>"|\Z)')


class Quoting(Enum):
    #: Its characters are what it says, quotes too.
    BARE = "bare"
    #: In quotes, and a quote in it is two.
    DOUBLED = "doubled"
    #: In quotes, and a quote in it has a backslash before (MySQL's SELECT … INTO OUTFILE).
    ESCAPED = "escaped"
    #: Text behind the closing quote: programs read it in different ways.
    ODD = "odd"


class Field(NamedTuple):
    """A field from ``start`` to ``end``, with its quotes if it has them; rows and columns from 0."""

    row: int
    column: int
    start: int
    end: int
    quoting: Quoting

    def value(self, text: str) -> str:
        raw = text[self.start : self.end]
        match self.quoting:
            case Quoting.DOUBLED:
                return raw[1:-1].replace('""', '"')
            case Quoting.ESCAPED:
                return _ESCAPE.sub(lambda m: '"' if m["quote"] or m[0] == '""' else m[0], raw[1:-1])
            case _:
                return raw


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
    reader = _Reader(text, delimiter)
    row = column = 0
    place = first_row(text)
    while place < len(text):
        found = reader.field(place)
        if not found:
            raise PermanentFault("malformed", f"row {row + 1} has a quote that is never closed")
        match, quoting = found
        yield Field(row, column, place, match.end("field"), quoting)
        row, column = (row, column + 1) if match["end"] == delimiter else (row + 1, 0)
        place = match.end()


class _Reader:
    """Between tabs a quote quotes only where the field ends with another: many such files quote nothing. A
    field that seems to have both line ends and tabs in it is several.
    """

    def __init__(self, text: str, delimiter: str) -> None:
        mark = re.escape(delimiter)
        self._text, self._has_tabs = text, delimiter == "\t"
        doubled = r'"(?:(?:[^"\t]++|"")*+"|(?:[^"\r\n]++|"")*+")' if self._has_tabs else r'"(?:[^"]++|"")*+"'
        end = rf"(?P<end>{mark}|\r\n|\r|\n|\Z)"
        self._doubled = re.compile(rf"(?P<field>{doubled})[ ]*+{end}")
        self._escaped = re.compile(rf'(?P<field>"(?:[^"\\]++|\\.|"")*+")[ ]*+{end}', re.DOTALL)
        self._odd = re.compile(rf'(?P<field>"(?:[^"]++|"")*+"[^{mark}\r\n]*+){end}')
        self._bare = re.compile(rf"(?P<field>[^{mark}\r\n]*+){end}")
        self._escapes = False

    def field(self, place: int) -> tuple[re.Match[str], Quoting] | None:
        if not self._text.startswith('"', place):
            return self._read(self._bare, Quoting.BARE, place)
        return self._quoted(place) or (
            self._read(self._bare, Quoting.BARE, place)
            if self._has_tabs
            else self._read(self._odd, Quoting.ODD, place)
        )

    def _quoted(self, place: int) -> tuple[re.Match[str], Quoting] | None:
        """A file that escapes one quote escapes others; before that, a backslash may end a path."""
        doubled, escaped = (self._doubled, Quoting.DOUBLED), (self._escaped, Quoting.ESCAPED)
        if self._has_tabs:
            return self._read(*doubled, place)
        if self._escapes:
            return self._read(*escaped, place) or self._read(*doubled, place)
        found = self._read(*doubled, place) or self._read(*escaped, place)
        self._escapes = found is not None and found[1] is Quoting.ESCAPED
        return found

    def _read(
        self, pattern: re.Pattern[str], quoting: Quoting, place: int
    ) -> tuple[re.Match[str], Quoting] | None:
        match = pattern.match(self._text, place)
        return (match, quoting) if match else None


def require_same_shape(source: str, translation: str, delimiter: str) -> None:
    """As many fields in every row. Raises `PermanentFault` (``shape_changed``)."""
    pairs = zip_longest(fields(source, delimiter), fields(translation, delimiter))
    for ours, theirs in pairs:
        if not ours or not theirs or (ours.row, ours.column) != (theirs.row, theirs.column):
            row = (ours or theirs or Field(0, 0, 0, 0, Quoting.BARE)).row + 1
            raise PermanentFault("shape_changed", f"the fields of row {row} would not be the source's")


@dataclass(frozen=True, slots=True)
class FieldWriter:
    """Writes the translation of the field ``raw`` with its quotes, or with those that the text needs."""

    raw: str
    delimiter: str
    quoting: Quoting

    def __call__(self, value: str) -> str:
        if value.startswith(_BEGINS_FORMULA) and value[0] != self.raw.lstrip('"')[:1]:
            value = f"'{value}"
        if self.quoting is Quoting.ESCAPED:
            return f'"{_BEFORE_QUOTE.sub(_escaped, value)}"'
        if self.quoting is Quoting.DOUBLED or self._needs_quotes(value):
            doubled = value.replace('"', '""')
            return f'"{doubled}"'
        return value

    def _needs_quotes(self, value: str) -> bool:
        """A bare field of a file may have quotes where its own have."""
        if any(sign in value for sign in (self.delimiter, "\r", "\n")):
            return True
        return value.startswith('"') > self.raw.startswith('"') or ('"' in value) > ('"' in self.raw)


def _escaped(match: re.Match[str]) -> str:
    """The quote with a backslash, and what backslashes stand before it as they are read."""
    backslashes = match["backslashes"] + "\\" * (len(match["backslashes"]) % 2)
    return f'{backslashes}\\"' if match["quote"] else backslashes
