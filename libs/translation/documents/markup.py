"""What the markup formats share: from the marks in a flow of text to a segment with codes.

A format finds its marks (tags, emphasis, code) at offsets of the source. Here they are paired, marks that
no word needs are left out at both ends, and what remains becomes a `Spot`: a segment, and where the
source of each of its codes is. Nothing is written anew that is not inside a translated spot.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import NamedTuple

from libs.translation.cutting import cut
from libs.translation.documents.html_elements import asks_to_stay
from libs.translation.documents.placeholders import protect
from libs.translation.documents.txt import LONGEST_SEGMENT
from libs.translation.errors import PermanentFault
from libs.translation.segments import Close, Open, Segment, Standalone, Text, Token, has_letters, joined

#: Marks (tags, texts, delimiters) in one flow of Markdown, or in one HTML file. Node's whole API reference,
#: a page of 8 MB, has 630,000; this many take about 12 s, and half a gigabyte if all are in one flow.
MOST_MARKS = 2_000_000
#: Deeper pairs go as two standalones: no prose nests like this, and engines' adapters need not either.
_DEEPEST = 20

BLANKS = " \t\r\n\f"
_LETTER = re.compile(r"[^\W\d_]")


class Kind(Enum):
    TEXT = "text"
    START = "start"
    END = "end"
    #: Nobody reads it: a line break, a comment, an image.
    ALONE = "alone"
    #: It stands for a word of the sentence and is not translated: code, a formula.
    NOUN = "noun"


class Mark(NamedTuple):
    """One piece of a flow, from ``start`` to ``end`` of the source.

    An END closes the last START of its ``name``. ``written`` is what it becomes in a translation (of a
    TEXT: what the engine is given) where that is not its source.
    """

    kind: Kind
    start: int
    end: int
    name: str = ""
    written: str | None = None


#: A place in the source, or text of our own.
Source = tuple[int, int] | str
#: How a segment with its codes is written: number to opening (or standalone) and closing text.
Writer = Callable[[Segment, Mapping[int, tuple[str, str]]], str]


@dataclass(frozen=True, slots=True)
class Spot:
    """The source from ``start`` to ``end`` is ``segments`` (several where one would be too long)."""

    start: int
    end: int
    segments: Sequence[Segment]
    codes: Mapping[int, tuple[Source, Source]]
    writer: Writer


def spot_of(
    text: str,
    marks: Sequence[Mark],
    writer: Writer,
    *,
    decode: Callable[[str], str],
    protected: frozenset[str] = frozenset(),
) -> Spot | None:
    """The marks as a spot; None when there is nothing to translate in them.

    ``decode`` turns source text into what is read (entities, line ends). Pairs of a ``protected`` name
    are not translated, nor tags that say so.
    """
    core = _trimmed(text, _folded(text, shielded(text, marks, protected)))
    if not core:
        return None
    segment, codes = _numbered(text, core, decode)
    if not has_letters(segment):
        return None
    return Spot(core[0].start, core[-1].end, cut(segment, LONGEST_SEGMENT), codes, writer)


def shielded(text: str, marks: Sequence[Mark], protected: frozenset[str]) -> Sequence[Mark]:
    """The marks with each pair that is not translated, and all in it, as one."""
    kept = [place for place, mark in enumerate(marks) if _is_kept(text, mark, protected)]
    if not kept:
        return marks
    partners = _partners(marks)
    found: list[Mark] = []
    done = 0
    for place in kept:
        if done <= place < partners[place]:
            last = partners[place]
            written = _written(text, marks[place : last + 1])
            found += marks[done:place]
            found.append(Mark(Kind.NOUN, marks[place].start, marks[last].end, written=written))
            done = last + 1
    return [*found, *marks[done:]]


def _is_kept(text: str, mark: Mark, protected: frozenset[str]) -> bool:
    return mark.kind is Kind.START and (
        mark.name in protected or asks_to_stay(text, mark.start, mark.end, mark.name)
    )


def too_many_marks() -> PermanentFault:
    return PermanentFault("too_much_markup", f"the file has more than {MOST_MARKS} tags and other marks")


def _partners(marks: Sequence[Mark]) -> list[int]:
    """For each mark the place of the other half of its pair, or -1. Pairs never overlap."""
    partners = [-1] * len(marks)
    stack: list[int] = []
    names: Counter[str] = Counter()
    for place, mark in enumerate(marks):
        if mark.kind is Kind.START and len(stack) < _DEEPEST:
            stack.append(place)
            names[mark.name] += 1
        elif mark.kind is Kind.END and names[mark.name]:
            while marks[stack[-1]].name != mark.name:
                names[marks[stack.pop()].name] -= 1
            names[mark.name] -= 1
            partners[place] = stack.pop()
            partners[partners[place]] = place
    return partners


def _folded(text: str, marks: Sequence[Mark]) -> list[Mark]:
    """Half a pair, and a pair with nothing to translate in it, is one mark that stands alone."""
    partners = _partners(marks)
    letters = list(accumulate((_has_letter(text, mark) for mark in marks), initial=0))
    nouns = list(accumulate((mark.kind is Kind.NOUN for mark in marks), initial=0))
    folded: list[Mark] = []
    place = 0
    while place < len(marks):
        mark, partner = marks[place], partners[place]
        last = place
        if mark.kind in (Kind.START, Kind.END) and partner < 0:
            mark = mark._replace(kind=Kind.ALONE)
        elif mark.kind is Kind.START and letters[place] == letters[partner]:
            last = partner
            is_noun = nouns[place] < nouns[partner]
            mark = Mark(Kind.NOUN if is_noun else Kind.ALONE, mark.start, marks[last].end)
            mark = mark._replace(written=_written(text, marks[place : last + 1]))
        folded.append(mark)
        place = last + 1
    return folded


def _written(text: str, marks: Sequence[Mark]) -> str | None:
    if all(mark.written is None for mark in marks):
        return None
    return "".join(_raw(text, mark) for mark in marks)


def _raw(text: str, mark: Mark) -> str:
    return text[mark.start : mark.end] if mark.written is None else mark.written


def _has_letter(text: str, mark: Mark) -> bool:
    if mark.kind is not Kind.TEXT:
        return False
    if mark.written is not None:
        return bool(_LETTER.search(mark.written))
    return bool(_LETTER.search(text, mark.start, mark.end))


def _trimmed(text: str, marks: Sequence[Mark]) -> list[Mark]:
    """Without what needs no translation at either end: blanks, marks that stand alone, pairs around all."""
    partners = _partners(marks)

    def is_idle(mark: Mark) -> bool:
        return mark.kind is Kind.ALONE or (mark.kind is Kind.TEXT and not _raw(text, mark).strip(BLANKS))

    first, end = 0, len(marks)
    while first < end:
        if is_idle(marks[first]):
            first += 1
        elif is_idle(marks[end - 1]):
            end -= 1
        elif marks[end - 1].written is None and 0 <= partners[first] == end - 1:
            first, end = first + 1, end - 1
        else:
            break
    return _without_outer_blanks(text, list(marks[first:end]))


def _without_outer_blanks(text: str, marks: list[Mark]) -> list[Mark]:
    if marks and marks[0].kind is Kind.TEXT and marks[0].written is None:
        raw = _raw(text, marks[0])
        marks[0] = marks[0]._replace(start=marks[0].end - len(raw.lstrip(BLANKS)))
    if marks and marks[-1].kind is Kind.TEXT and marks[-1].written is None:
        raw = _raw(text, marks[-1])
        marks[-1] = marks[-1]._replace(end=marks[-1].start + len(raw.rstrip(BLANKS)))
    return marks


def _numbered(
    text: str, marks: Sequence[Mark], decode: Callable[[str], str]
) -> tuple[Segment, dict[int, tuple[Source, Source]]]:
    tokens: list[Token] = []
    codes: dict[int, tuple[Source, Source]] = {}
    stack: list[int] = []
    for mark in marks:
        source: Source = (mark.start, mark.end) if mark.written is None else mark.written
        number = len(codes) + 1
        match mark.kind:
            case Kind.TEXT:
                tokens += _protected(_raw(text, mark), codes, decode)
            case Kind.START:
                codes[number] = (source, "")
                stack.append(number)
                tokens.append(Open(number))
            case Kind.END:
                number = stack.pop()
                codes[number] = (codes[number][0], source)
                tokens.append(Close(number))
            case _:
                codes[number] = (source, "")
                tokens.append(Standalone(number))
    return joined(tokens), codes


def _protected(
    raw: str, codes: dict[int, tuple[Source, Source]], decode: Callable[[str], str]
) -> list[Token]:
    """Placeholders are found in the source and not in what it means: they go back as they were."""
    tokens: list[Token] = []
    segment, texts = protect(raw)
    for token in segment:
        if isinstance(token, Text):
            tokens.append(Text(decode(token.text)))
        elif isinstance(token, Standalone):
            codes[len(codes) + 1] = (texts[token.code], "")
            tokens.append(Standalone(len(codes), token.takes))
    return tokens
