"""Markdown: CommonMark with tables, and what GitHub and static sites add to it.

Translated are headings, paragraphs, list items, quotes, table cells, the descriptions of images, and the
text in HTML blocks. Front matter, code, link definitions and all markup stay as they are. A paragraph of
several lines is joined, translated and wrapped again.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate, zip_longest

from libs.translation.documents.document import SMALL_BYTES, Document
from libs.translation.documents.encoding import decode
from libs.translation.documents.html import spots as html_spots
from libs.translation.documents.html_elements import PROTECTED
from libs.translation.documents.markdown_blocks import Block, Blocks
from libs.translation.documents.markdown_inline import inline_marks
from libs.translation.documents.markdown_writer import AltWriter, MarkdownWriter
from libs.translation.documents.markup import Kind, Mark, Spot, spot_of
from libs.translation.documents.markup_document import MarkupDocument
from libs.translation.errors import PermanentFault

#: The block parser takes up to 3 kB of memory and 40 microseconds a line. Books are shorter.
MOST_LINES = 200_000

_LINE_END = re.compile(r"\r\n|\r|\n")
_FRONT_MATTER = re.compile(r"(?:---|\+\+\+)[ \t]*+(?:\r\n|\r|\n)(?=[^\s])")
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")


class MarkdownFormat:
    name = "markdown"
    extensions = frozenset({".md", ".markdown"})
    content_type = "text/markdown"
    memory_a_byte = 120
    inline_bytes = SMALL_BYTES

    def parse(self, data: bytes, language: str) -> Document:
        """Raises `PermanentFault`: ``undecodable``, ``too_many_lines`` for more than `MOST_LINES`, or
        ``too_much_markup`` for more than `MOST_MARKS` in a paragraph.
        """
        text, encoding = decode(data, language)
        if sum(1 for _ in _LINE_END.finditer(text)) > MOST_LINES:
            raise PermanentFault("too_many_lines", f"a Markdown file may have at most {MOST_LINES} lines")
        start = _end_of_front_matter(text)
        blocks = Blocks(text, start)
        return MarkupDocument(
            data, text, list(_spots(text, blocks)), encode=encoding.encode, check=_Check(text, start, blocks)
        )


class _Check:
    """Whether a translation has the blocks of its source."""

    def __init__(self, text: str, start: int, blocks: Blocks) -> None:
        self._first_line = len(_LINE_END.findall(text, 0, start)) + 1
        self._start, self._shape = start, blocks.shape()

    def __call__(self, translation: str) -> None:
        theirs = Blocks(translation, self._start).shape()
        for our, their in zip_longest(self._shape, theirs):
            if (our and our.block) != (their and their.block):
                line = self._first_line + (our or self._shape[-1]).line if self._shape else 1
                names = " and not ".join(mold.block[0] if mold else "the end" for mold in (their, our))
                raise PermanentFault("shape_changed", f"near line {line} there would be {names}")


def _end_of_front_matter(text: str) -> int:
    """Where the metadata (YAML or TOML) at the start of the file ends; 0 when there is none."""
    opening = _FRONT_MATTER.match(text)
    if opening is None:
        return 0
    fence = r"(?:---|\.\.\.)" if text[0] == "-" else r"\+\+\+"
    closing = re.compile(rf"(?:\r\n|\r|\n){fence}[ \t]*+(?:\r\n|\r|\n|\Z)").search(text, opening.end() - 1)
    return closing.end() if closing else 0


def _spots(text: str, blocks: Blocks) -> Iterator[Spot]:
    references = blocks.references
    for block in blocks.running_text():
        yield from _spots_of(text, block, references)
    for start, end in blocks.html():
        yield from html_spots(text, start, end)


def _spots_of(text: str, block: Block, references: AbstractSet[str]) -> Iterator[Spot]:
    content = "\n".join(text[start:end] for start, end in block.pieces)
    marks, descriptions = inline_marks(content, references)
    places = _Places(block.pieces)
    writer = MarkdownWriter(block.kind, block.joint, block.width, block.used)
    located = [mark for found in marks for mark in places.located(found, content)]
    if spot := spot_of(text, located, writer, decode=_decoded, protected=PROTECTED):
        yield spot
    for start, end in descriptions:
        described = Mark(Kind.TEXT, places[start], places[end])
        if spot := spot_of(text, [described], AltWriter(), decode=_decoded):
            yield spot


def _decoded(raw: str) -> str:
    return _BLANKS.sub(" ", raw)


class _Places:
    """From places in a block's text, its lines joined by single characters, to places in the source."""

    def __init__(self, pieces: Sequence[tuple[int, int]]) -> None:
        self._pieces = pieces
        lengths = (end - start + 1 for start, end in pieces[:-1])
        self._starts = list(accumulate(lengths, initial=0))

    def __getitem__(self, place: int) -> int:
        line = bisect_right(self._starts, place) - 1
        return self._pieces[line][0] + place - self._starts[line]

    def located(self, mark: Mark, content: str) -> Iterator[Mark]:
        """The mark at its place in the source; text of several lines as one mark a line."""
        start, end = mark.start, mark.end
        if "\n" not in content[start:end]:
            yield mark._replace(start=self[start], end=self[end])
        elif mark.kind is not Kind.TEXT:
            written = mark.written or content[start:end].replace("\n", " ")
            yield mark._replace(start=self[start], end=self[end], written=written)
        else:
            while (line_end := content.find("\n", start, end)) >= 0:
                yield Mark(Kind.TEXT, self[start], self[line_end])
                yield Mark(Kind.TEXT, self[line_end], self[line_end + 1], written=" ")
                start = line_end + 1
            yield Mark(Kind.TEXT, self[start], self[end])
