"""A flow of text in a tree as a string, in which each inline element is a number between two characters that
XML cannot hold. Marks, pairs, placeholders and cuts are then those of every markup format.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from libs.translation.documents.html_elements import PROTECTED
from libs.translation.documents.markup import MOST_MARKS, Kind, Mark, Spot, spot_of, too_many_marks
from libs.translation.documents.strings.message import text_marks
from libs.translation.documents.strings.writer import written
from libs.translation.segments import Segment

_START, _END, _STOP = "\x01", "\x03", "\x02"
_CODE = re.compile(f"([{_START}{_END}])(\\d+){_STOP}")
#: What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets); an engine may have made it up.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Flow(Protocol):
    """A text in a tree, paragraph or attribute."""

    def coded(self) -> "Coded":
        """What it says."""

    def write(self, coded: str) -> None:
        """Put another in its place; the tree changes."""


class Piece(NamedTuple):
    """Text, or code ``number``: opened or standing alone, or closed."""

    text: str
    number: int = -1
    closes: bool = False


class Coded:
    """Gathers a flow's text and codes."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._marks: list[Mark] = []
        self._length = 0

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def add_text(self, text: str) -> None:
        """Tags that are written in it as text are codes, too: they are somebody's, further on."""
        if "<" not in text and "&" not in text:
            self._add(Kind.TEXT, text)
            return
        for mark in text_marks(text, 0, len(text)):
            self._add(mark.kind, text[mark.start : mark.end], mark.name, mark.written)

    def add_start(self, number: int) -> None:
        self._add(Kind.START, f"{_START}{number}{_STOP}", str(number))

    def add_end(self, number: int) -> None:
        self._add(Kind.END, f"{_END}{number}{_STOP}", str(number))

    def add_alone(self, number: int, *, is_noun: bool = False) -> None:
        self._add(Kind.NOUN if is_noun else Kind.ALONE, f"{_START}{number}{_STOP}")

    def spot(self) -> Spot | None:
        """What of it is to be translated, if anything."""
        return spot_of(self.text, self._marks, written_in_xml, decode=str, protected=PROTECTED)

    def _add(self, kind: Kind, text: str, name: str = "", written: str | None = None) -> None:
        if text:
            self._pieces.append(text)
            self._marks.append(Mark(kind, self._length, self._length + len(text), name, written))
            self._length += len(text)
            if len(self._marks) > MOST_MARKS:
                raise too_many_marks()


def pieces(coded: str) -> Iterator[Piece]:
    done = 0
    for match in _CODE.finditer(coded):
        if done < match.start():
            yield Piece(coded[done : match.start()])
        yield Piece("", int(match[2]), match[1] == _END)
        done = match.end()
    if done < len(coded):
        yield Piece(coded[done:])


def written_in_xml(segment: Segment, codes: Mapping[int, tuple[str, str]]) -> str:
    return written(segment, codes, lambda text: _FORBIDDEN.sub("", text))
