"""Where in a Markdown file its running text is: paragraphs, headings, table cells, and HTML blocks.

markdown-it finds the blocks and tells their lines; what stands before a block's text on each line
(``> ``, a list's mark, an indent, ``# ``) is found by looking for the text at the line's end.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from libs.translation.documents.markdown_rules import block_parser

_PARSER = block_parser()

_LINE = re.compile(r"([^\r\n]*+)(\r\n|\r|\n|\Z)")
_PREFIX = re.compile(r"[ \t>]*")
_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_BLANKS = " \t"
#: Lines that extensions give a meaning of their own, and CommonMark flows into a paragraph. Kept as they are:
#: containers, admonitions, templates, tables of contents, rows of no table.
_KEPT = re.compile(r":::|!!!|\?\?\?|\||\[TOC\]|\[\[_TOC_\]\]|\{%.*%\}$|\{\{.*\}\}$")
#: Translated apart from the line before, behind this: definitions of words and notes.
_ITEM = re.compile(r":[ \t]+|\[\^[^\]\s]{1,100}\]:[ \t]*")
_MATH = "$$"


#: From where to where.
Piece = tuple[int, int]


class Line(NamedTuple):
    """``end`` is before its line end, ``next`` behind it."""

    start: int
    end: int
    next: int


@dataclass(frozen=True, slots=True)
class Block:
    """Running text: ``pieces`` are its places in the source, one a line, without prefixes.

    ``joint`` is what stands between two of its lines, the line end and the prefix, and ``width`` how long
    its lines are with it, of which the first has ``used`` before its text; a block of one line has no joint.
    """

    kind: str
    pieces: Sequence[Piece]
    joint: str = ""
    width: int = 0
    used: int = 0


class Mold(NamedTuple):
    """``block``: type, level, and what tells one from another of its type. ``line`` counts from 0."""

    block: tuple[str, int, str, bool]
    line: int


class Blocks:
    """The blocks of ``text`` from ``start`` on."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._lines = [Line(m.start(), m.end(1), m.end()) for m in _LINE.finditer(text, start) if m[0]]
        self._environment: dict[str, dict[str, object]] = {}
        body = "\n".join(text[line.start : line.end] for line in self._lines)
        self._tokens = _PARSER.parse(body, self._environment)

    @property
    def references(self) -> frozenset[str]:
        """The labels of its link definitions, normalised."""
        return frozenset(self._environment.get("references", {}))

    def shape(self) -> list[Mold]:
        """All blocks in order, then the labels of link definitions."""
        molds: list[Mold] = []
        line = 0
        for token in self._tokens:
            if token.type != "inline":
                line = token.map[0] if token.map else line
                detail = token.markup + token.info * (token.type == "fence")
                molds.append(Mold((token.type, token.level, detail, token.hidden), line))
        return [*molds, *(Mold(("reference", 0, label, False), line) for label in sorted(self.references))]

    def running_text(self) -> Iterator[Block]:
        row: Iterator[Piece] = iter(())
        kind = ""
        for token in self._tokens:
            if token.type == "tr_open" and token.map:
                row = self._cells(self._lines[token.map[0]])
            elif token.type == "inline" and token.map and token.content.strip(_BLANKS):
                if kind in {"th", "td"}:
                    yield from self._cell(row, token.content)
                else:
                    yield from self._paragraph(token.map[0], token.content, kind)
            kind = token.type.removesuffix("_open")

    def html(self) -> Iterator[tuple[int, int]]:
        """Places of HTML blocks; those in quotes and lists are left out, prefixes break their lines."""
        for token in self._tokens:
            if token.type == "html_block" and token.level == 0 and token.map:
                first, end = token.map
                yield self._lines[first].start, self._lines[end - 1].end

    def _paragraph(self, first: int, content: str, kind: str) -> Iterator[Block]:
        """Usually one block; none if the text is not found in its lines, or is a formula."""
        contents = [part.strip(_BLANKS) for part in content.split("\n")]
        lines = self._lines[first : first + len(contents)]
        pieces = [self._piece(line, part, kind) for line, part in zip(lines, contents, strict=False)]
        if None in pieces or len(pieces) < len(contents) or _MATH in contents:
            return
        run: list[tuple[Line, Piece]] = []
        for line, piece, part in zip(lines, pieces, contents, strict=True):
            item = _ITEM.match(part)
            if item or _KEPT.match(part):
                yield from self._flowing(run, kind)
                run = []
            if piece and not _KEPT.match(part):
                run.append((line, (piece[0] + item.end(), piece[1]) if item else piece))
        yield from self._flowing(run, kind)

    def _flowing(self, run: Sequence[tuple[Line, Piece]], kind: str) -> Iterator[Block]:
        if not run:
            return
        lines, pieces = zip(*run, strict=True)
        used = pieces[0][0] - lines[0].start
        if len(run) == 1:
            yield Block(kind, pieces)
            return
        prefix = self._text[lines[1].start : pieces[1][0]]
        if _PREFIX.fullmatch(prefix):
            # blanks before a line end may be a hard break: they are part of the text
            within = [(start, line.end) for line, (start, _) in run[:-1]]
            joint = self._text[lines[0].end : lines[0].next] + prefix
            width = max(end - line.start for line, (_, end) in run)
            yield Block(kind, [*within, pieces[-1]], joint, width, used)

    def _piece(self, line: Line, content: str, kind: str) -> Piece | None:
        raw = self._text[line.start : line.end].rstrip(_BLANKS)
        if kind == "heading" and not raw.endswith(content):
            raw = raw.rstrip("#").rstrip(_BLANKS)
        if not content or not raw.endswith(content):
            return None
        end = line.start + len(raw)
        return end - len(content), end

    def _cells(self, line: Line) -> Iterator[Piece]:
        start = line.start
        for pipe in _UNESCAPED_PIPE.finditer(self._text, line.start, line.end):
            yield start, pipe.start()
            start = pipe.end()
        yield start, line.end

    def _cell(self, row: Iterator[Piece], content: str) -> Iterator[Block]:
        """The next place in the row that holds the cell; the first may begin with a prefix."""
        content = content.strip(_BLANKS)
        for start, end in row:
            raw = self._text[start:end].rstrip(_BLANKS)
            if raw.replace("\\|", "|").endswith(content):
                begin = start + len(raw) - len(content) - content.count("|")
                if _PREFIX.fullmatch(self._text, start, begin):
                    yield Block("cell", [(begin, start + len(raw))])
                return
