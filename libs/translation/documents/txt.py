"""Plain text. Paragraphs that were wrapped are joined, translated and wrapped again; every other line is
translated by itself. What was not translated stays as it was, byte for byte.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from libs.translation.cutting import cut, rejoined
from libs.translation.documents.document import SMALL_BYTES, Document, require_codes
from libs.translation.documents.encoding import Encoding, decode, recognised
from libs.translation.documents.layout import Line, Paragraph, columns, paragraphs, sections
from libs.translation.documents.placeholders import protect, restore
from libs.translation.segments import Segment, has_letters

#: A longer paragraph is several segments, so that no engine has to take it in one piece. UTF-16 units.
LONGEST_SEGMENT = 20_000
#: A large file is translated section by section; segments take twenty times their text. A section is a small
#: part of its file, so that what it takes is in proportion, within these bounds (characters).
_SECTIONS_A_FILE = 32
_SMALLEST_SECTION, _LARGEST_SECTION = 64 * 1024, 1024 * 1024


class TextFormat:
    name = "txt"
    extensions = frozenset({".txt", ".text"})
    content_type = "text/plain"
    memory_a_byte = 12
    inline_bytes = SMALL_BYTES

    def parse(self, data: bytes, language: str) -> Document:
        text, encoding = decode(data, language)
        return TextDocument(data, text, encoding)

    def divide(self, data: bytes, language: str) -> "TextSections":
        return TextSections(data, recognised(data, language))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Text from ``start`` to ``end`` that is ``segments``; ``wrap`` tells how its lines were broken."""

    start: int
    end: int
    segments: list[Segment]
    placeholders: dict[int, str]
    wrap: "_Wrap | None" = None


@dataclass(frozen=True, slots=True)
class _Wrap:
    """``width`` and ``used`` (of the first line, by its lead) in characters; ``joint`` is what stands
    between two lines: trailing blanks, the line's end, and the next line's indent.
    """

    width: int
    used: int
    joint: str
    indent: int

    def wrapped(self, text: str) -> str:
        """Greedy, at blanks alone; a word longer than the width has a line of its own."""
        words = text.split(" ")
        lines, room = [words[0]], self.width - self.used - len(words[0])
        for word in words[1:]:
            if len(word) + 1 <= room:
                lines[-1] += " " + word
                room -= len(word) + 1
            else:
                lines.append(word)
                room = self.width - self.indent - len(word)
        return self.joint.join(line.strip(" ") for line in lines)


class TextDocument:
    """A text file taken apart, as a whole."""

    def __init__(self, data: bytes, text: str, encoding: Encoding) -> None:
        self._data, self._text, self._encoding = data, text, encoding
        self._section = TextSection(text)
        self.segments: Sequence[Segment] = self._section.segments

    def render(self, translations: Sequence[Segment]) -> bytes:
        text = self._section.rendered(translations)
        return self._data if text == self._text else self._encoding.encode(text)


class TextSections:
    """A text file section by section."""

    def __init__(self, data: bytes, encoding: Encoding) -> None:
        self._data, self._encoding = data, encoding

    def parts(self) -> Iterator["TextSection"]:
        size = min(max(len(self._data) // _SECTIONS_A_FILE, _SMALLEST_SECTION), _LARGEST_SECTION)
        return map(TextSection, sections(self._encoding.texts(self._data), size))

    def joined(self, parts: Sequence[bytes]) -> bytes:
        return self._encoding.rewritten(parts)


class TextSection:
    """Some paragraphs of a text file, taken apart."""

    def __init__(self, text: str) -> None:
        self._text, self.size = text, len(text)
        self._stretches = [s for p in paragraphs(text) for s in _stretches(text, p) if s.segments]
        self.segments: Sequence[Segment] = [s for stretch in self._stretches for s in stretch.segments]

    def render(self, translations: Sequence[Segment]) -> bytes:
        return self.rendered(translations).encode("utf-8", "replace")

    def rendered(self, translations: Sequence[Segment]) -> str:
        require_codes(self.segments, translations)
        return "".join(self._pieces(iter(translations)))

    def _pieces(self, translations: Iterator[Segment]) -> Iterator[str]:
        done = 0
        for stretch in self._stretches:
            yield self._text[done : stretch.start]
            translated = [next(translations) for _ in stretch.segments]
            if translated == stretch.segments:
                yield self._text[stretch.start : stretch.end]
            else:
                text = restore(rejoined(translated), stretch.placeholders)
                yield stretch.wrap.wrapped(text) if stretch.wrap else text
            done = stretch.end
        yield self._text[done:]


def _stretches(text: str, paragraph: Paragraph) -> Iterator[_Stretch]:
    first, *others = paragraph.lines
    if not others:
        for start, end in columns(text, first):
            yield _stretch(start, end, text[start:end])
    else:
        flowing = " ".join(text[line.start : line.stop] for line in paragraph.lines)
        yield _stretch(first.start, others[-1].stop, flowing, _wrap(text, paragraph.lines))


def _stretch(start: int, end: int, text: str, wrap: _Wrap | None = None) -> _Stretch:
    segment, placeholders = protect(text)
    return _Stretch(
        start, end, cut(segment, LONGEST_SEGMENT) if has_letters(segment) else [], placeholders, wrap
    )


def _wrap(text: str, lines: Sequence[Line]) -> _Wrap:
    first, second = lines[:2]
    return _Wrap(
        width=max(line.stop - line.begin for line in lines),
        used=first.start - first.begin,
        joint=text[first.stop : second.start],
        indent=second.start - second.begin,
    )
