"""A translated segment as Markdown that means what the source's did.

Translation moves words: blanks come to stand inside emphasis, a number at the start of a line, a letter
next to an underscore. Each would be read as other markup, or as none.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from libs.translation.documents.html_writer import without_identity
from libs.translation.documents.markdown_inline import flanks
from libs.translation.segments import Close, Open, Segment, Standalone, Text, Token

_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_DELIMITERS = frozenset("*_~")
_DELIMITER_RUN = re.compile(r"\*+|_+|~~")
#: Characters of plain text that would be markup where they stand.
_ACTIVE = re.compile(
    r"""
      \\(?=[!-/:-@\[-`{-~]) | `
    | (?<!\s)\* | \*(?!\s)
    | (?<![^\W_])_ | _(?![^\W_])
    | ~(?=~) | (?<=~)~
    | \](?=[(\[:])
    | <(?=[A-Za-z/!?])
    | &(?=\#?\w{1,32};)
    """,
    re.VERBOSE,
)
#: Words that begin a block when they begin a line; a backslash goes before the mark.
_BEGINS_BLOCK = re.compile(
    r"(?:\d{1,9}(?=[.)]$))?(?P<mark>[.)]|[-+*]|\#{1,6}|-+|=+|>.*|~~~.*|:?-+:?(?:\|.*)?)"
)
#: Nobody wraps at more; lines as long as this are a sentence or a paragraph each.
_WIDEST = 120
_CLOSING_HASHES = re.compile(r"(?:(?<=\s)|^)(?=#+$)")


class _Is(Enum):
    TEXT = "text"
    BLANK = "blank"
    CODE = "code"
    OPEN = "open"
    CLOSE = "close"


class _Piece(NamedTuple):
    what: _Is
    text: str

    @property
    def opening(self) -> str:
        """The run of delimiters it begins with, if they open something here or inside of it."""
        run = _DELIMITER_RUN.match(self.text)
        is_opening = self.what is _Is.OPEN or (self.what is _Is.CODE and run and run[0] != self.text)
        return run[0] if run and is_opening else ""

    @property
    def closing(self) -> str:
        run = _DELIMITER_RUN.match(self.text[::-1])
        is_whole = self.what is _Is.CODE and run and run[0] != self.text and self.text[-2:-1] != "\\"
        is_closing = self.what is _Is.CLOSE or is_whole
        return run[0] if run and is_closing else ""


_SPACE = _Piece(_Is.BLANK, " ")


@dataclass(frozen=True, slots=True)
class MarkdownWriter:
    """``joint`` stands between two lines of ``width``, of which ``used`` is taken in the first; without a
    joint all goes in one line. ``kind`` is the block's: in a ``cell`` pipes are escaped.
    """

    kind: str
    joint: str = ""
    width: int = 0
    used: int = 0

    def __call__(self, segment: Segment, codes: Mapping[int, tuple[str, str]]) -> str:
        placing = _Placing(codes)
        for token in segment:
            placing.place(token)
        pieces = list(_spaced(placing.pieces))
        if self.kind == "cell":
            pieces = [
                p._replace(text=p.text.replace("|", r"\|")) if p.what is _Is.TEXT else p for p in pieces
            ]
        lines = [line for line in _lines(pieces) if line]
        text = self.joint.join(self._wrapped(lines)) if self.joint else " ".join(map(_line, lines))
        return _CLOSING_HASHES.sub(r"\\", text) if self.kind == "heading" else text

    def _wrapped(self, lines: Iterable[Sequence[str]]) -> Iterator[str]:
        """Greedy; a word that would begin an HTML block stays on the line before it."""
        width = self.width if self.width <= _WIDEST else sys.maxsize
        later = width - len(self.joint.lstrip("\r\n"))
        room = width - self.used
        for words in lines:
            line = [words[0]]
            length = len(words[0])
            for word in words[1:]:
                if length + 1 + len(word.rstrip()) <= room or word.startswith("<"):
                    line.append(word)
                    length += 1 + len(word)
                else:
                    yield _line(line)
                    line, length = [word], len(word)
                    room = later
            yield _line(line)
            room = later


class AltWriter:
    """Writes an image's description, or a link's title."""

    def __call__(self, segment: Segment, codes: Mapping[int, tuple[str, str]]) -> str:
        texts = [t.text if isinstance(t, Text) else codes[t.code][0] for t in segment]
        return re.sub(r"([\[\]`*_<\\|\"])", r"\\\1", "".join(texts))


class _Placing:
    """The pieces in order, with the blanks at the edges of a pair outside of it, and no empty emphasis."""

    def __init__(self, codes: Mapping[int, tuple[str, str]]) -> None:
        self.pieces: list[_Piece] = []
        self._codes = codes
        self._has_blank = False
        self._waiting: list[int] = []  # opened, with nothing in them yet
        self._opened: set[int] = set()

    def place(self, token: Token) -> None:
        match token:
            case Text(text):
                self._text(text)
            case Open(code):
                self._waiting.append(code)
            case Close(code):
                self._close(code)
            case Standalone(code):
                self._content(_Piece(_Is.CODE, self._codes[code][0]))

    def _text(self, text: str) -> None:
        self._has_blank = self._has_blank or text[:1].isspace()
        if words := _BLANKS.sub(" ", text.strip()):  # a no-break space inside is none
            self._content(_Piece(_Is.TEXT, words))
            self._has_blank = text[-1].isspace()

    def _close(self, code: int) -> None:
        if not self._waiting:
            self.pieces.append(_Piece(_Is.CLOSE, self._codes[code][1]))
        elif self._codes[code][0][:1] in _DELIMITERS:
            self._waiting.pop()
        else:
            self._content(_Piece(_Is.CLOSE, self._codes[code][1]))

    def _content(self, piece: _Piece) -> None:
        if self._has_blank:
            self.pieces.append(_SPACE)
            self._has_blank = False
        for code in self._waiting:
            tag = self._codes[code][0]
            tag = without_identity(tag) if code in self._opened else tag
            self.pieces.append(_Piece(_Is.OPEN, tag))
            self._opened.add(code)
        self._waiting.clear()
        self.pieces.append(piece)


def _spaced(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """With a space where a delimiter would touch what makes it none, and with text escaped."""
    before = ""
    closed = False
    for place, piece in enumerate(pieces):
        after = pieces[place + 1].text[:1] if place + 1 < len(pieces) else ""
        if run := piece.opening:
            opens, _ = flanks(run, before, piece.text[len(run) : len(run) + 1] or after)
            if not opens or (closed and before == run[0]):
                yield _SPACE
        yield piece._replace(text=_escaped(piece.text, after)) if piece.what is _Is.TEXT else piece
        if run := piece.closing:
            inside = piece.text[: -len(run)][-1:] or before
            if not flanks(run, inside, after)[1]:
                yield _SPACE
        before, closed = piece.text[-1:], bool(piece.closing)


def _escaped(text: str, after: str) -> str:
    text = _ACTIVE.sub(r"\\\g<0>", text)
    return f"{text[:-1]}\\!" if after == "[" and text.endswith("!") else text


def _lines(pieces: Iterable[_Piece]) -> Iterator[list[str]]:
    """The words of each line; lines end at hard breaks."""
    words = [""]
    for piece in pieces:
        if piece.what is _Is.TEXT:
            first, *others = piece.text.split(" ")
            words[-1] += first
            words += others
        elif piece.what is _Is.BLANK:
            words.append("")
        elif piece.text.endswith("\n"):
            words = [word for word in words if word]
            yield [*words[:-1], words[-1] + piece.text.removesuffix("\n")] if words else []
            words = [""]
        else:
            words[-1] += piece.text
    yield [word for word in words if word]


def _line(words: Sequence[str]) -> str:
    mark = _BEGINS_BLOCK.fullmatch(words[0])
    place = mark.start("mark") if mark else 0
    first = f"{words[0][:place]}\\{words[0][place:]}" if mark else words[0]
    return " ".join([first, *words[1:]])
