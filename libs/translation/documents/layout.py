"""How plain text is laid out: which lines are one flowing paragraph, and which stand for themselves.

Only what flows is joined for translation and wrapped again: a sentence cut at its line ends translates
badly, and an address or a verse that is joined is spoilt.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

#: Only CR, LF and CRLF end a line. Other separators (form feed, U+0085, U+2028) stay in it as they are.
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_LEAD = re.compile(r"[\s>]*(?P<item>(?:[-*+•‣◦·–—]|\d{1,3}[.)]|[A-Za-z]\)|\(\w{1,3}\)|\#{1,6})\s+)?")  # noqa: RUF001
_COLUMN = re.compile(r"\t+|[ ]{3,}")

#: Where a text may come apart, the best first: behind a blank line, a line, a sentence, a word.
_SEAMS = tuple(
    re.compile(seam)
    for seam in (
        r"(?>\r\n|\r|\n)[^\S\r\n]*(?>\r\n|\r|\n)",
        r"\r\n|\r|\n",
        r"[.!?…][ ]+|[。！？]",  # noqa: RUF001 - CJK full stops
        r"[ ]+",
    )
)
#: What makes many short lines or cells of a text, and how many of them a section has at most, about: each
#: is a segment, which takes as much memory as hundreds of characters.
_BREAKS = ("\n", "\r", "\t", "   ")
_BREAKS_A_SECTION = 20_000

#: Nobody wraps prose narrower than this, or wider; in between, a paragraph's lines are about equally long.
_NARROWEST, _WIDEST = 45, 120
_FULL_LINE = 0.6
#: In verse most lines begin with a capital. In wrapped prose, even German, fewer do.
_VERSE = 0.6
#: Of a programme or a log most lines begin with a time, a date, a number or a bracket.
_RECORDS = 0.5
_BEGINS_RECORD = re.compile(r"[\d(\[{<]")
#: Where a line is a sentence, nearly every one but the last, of which it is to be expected, ends as one.
_SENTENCES = 0.7
_ENDS_SENTENCE = re.compile(r"[.!?…؟۔。！？।॥][\"')\]»”’」』]*\Z")  # noqa: RUF001 - full stops of other scripts


@dataclass(frozen=True, slots=True)
class Line:
    """Where a line's content is in the text: behind its lead (indent, quote marks, bullet), before its
    trailing blanks and its end.
    """

    begin: int
    start: int
    stop: int
    end: int
    is_item: bool

    @property
    def is_blank(self) -> bool:
        return self.start == self.stop


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that flow into one another."""

    lines: tuple[Line, ...]


def paragraphs(text: str) -> Iterator[Paragraph]:
    """Every paragraph; a line that stands for itself is one of its own, and blank lines are in none."""
    for blank, group in groupby(_lines(text), key=lambda line: line.is_blank):
        if not blank:
            for item in _items(list(group)):
                if _flows(text, item):
                    yield Paragraph(tuple(item))
                else:
                    yield from (Paragraph((line,)) for line in item)


def sections(texts: Iterable[str], size: int) -> Iterator[str]:
    """A text that comes in pieces, in sections of ``size`` to twice ``size`` characters, smaller ones where
    lines are short. No paragraph is in two sections unless it is as long as one.
    """
    held = ""
    for text in texts:
        held += text
        while (end := _section_end(held, size)) is not None:
            yield held[:end]
            held = held[end:]
    if held:
        yield held


def _section_end(text: str, size: int) -> int | None:
    """None: there may be a better place in what is still to come."""
    while sum(text.count(mark, 0, size) for mark in _BREAKS) > _BREAKS_A_SECTION:
        size //= 2
    if len(text) < 2 * size:
        return None
    found = (seam.search(text, size, 2 * size) for seam in _SEAMS)
    return next((seam.end() for seam in found if seam), 2 * size)


def columns(text: str, line: Line) -> Iterator[tuple[int, int]]:
    """A line's stretches of text between tabs or wide gaps: the cells, if it is a table's row."""
    start = line.start
    for gap in _COLUMN.finditer(text, line.start, line.stop):
        yield start, gap.start()
        start = gap.end()
    yield start, line.stop


def _lines(text: str) -> Iterator[Line]:
    for match in _LINE.finditer(text):
        if not match[0]:
            continue
        lead = _LEAD.match(match[1])
        skipped = lead.end() if lead else 0
        content = match[1][skipped:].rstrip()
        start = match.start() + skipped
        yield Line(match.start(), start, start + len(content), match.end(), bool(lead and lead["item"]))


def _items(lines: list[Line]) -> Iterator[list[Line]]:
    item: list[Line] = []
    for line in lines:
        if line.is_item and item:
            yield item
            item = []
        item.append(line)
    yield item


def _flows(text: str, lines: list[Line]) -> bool:
    if len(lines) == 1:
        return False
    lengths = [line.stop - line.begin for line in lines]
    width = max(lengths)
    later = [text[line.start : line.stop] for line in lines[1:]]
    leads = {text[line.begin : line.start] for line in lines[1:]}
    capitals = sum(content[0].isupper() for content in later)
    return (
        _NARROWEST <= width <= _WIDEST
        and min(lengths[:-1]) >= _FULL_LINE * width
        and len(leads) == 1
        and capitals <= _VERSE * len(later)
        and not _is_line_by_line([text[line.start : line.stop] for line in lines])
        and not any(_COLUMN.search(text, line.start, line.stop) for line in lines)
    )


def _is_line_by_line(contents: Sequence[str]) -> bool:
    """Whether each is a record or a sentence of its own. Letters without case tell nothing of that."""
    records = sum(_BEGINS_RECORD.match(content) is not None for content in contents)
    sentences = sum(_ENDS_SENTENCE.search(content) is not None for content in contents[:-1])
    return records > _RECORDS * len(contents) or sentences > _SENTENCES * (len(contents) - 1)
