"""The one model of translatable text: a segment is text with numbered codes in it.

A code stands for inline markup or a placeholder of the document: a pair (``Open`` n … ``Close`` n)
goes with the words inside it, a ``Standalone`` n is one opaque thing between words. Formats make
segments, engines write the codes their own way and give back segments; neither knows the other.

    Press <b>Save</b> or {key}.
    Text("Press ") Open(1) Text("Save") Close(1) Text(" or ") Standalone(2) Text(".")
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Open:
    code: int


@dataclass(frozen=True, slots=True)
class Close:
    code: int


@dataclass(frozen=True, slots=True)
class Standalone:
    """``takes`` is how it is written, if it takes the next of a program's arguments (``%s``): it must not
    change places with one that is written otherwise. Engines need not know, so it is no part of equality.
    """

    code: int
    takes: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    """Words of the source whose translation is prescribed; the same words where they are to stay.

    Formats neither make nor meet one: the `libs.translation.terms` put them in and take them out again.
    """

    code: int
    text: str
    translation: str


Token = Text | Open | Close | Standalone | Term
Segment = tuple[Token, ...]


def plain(text: str) -> Segment:
    """A segment without codes."""
    return (Text(text),)


def joined(tokens: Iterable[Token]) -> Segment:
    """A segment of these tokens: neighbouring texts become one, empty ones go."""
    segment: list[Token] = []
    for is_text, run in groupby(tokens, key=lambda token: isinstance(token, Text)):
        if not is_text:
            segment.extend(run)
        elif text := text_of(tuple(run)):
            segment.append(Text(text))
    return tuple(segment)


def text_of(segment: Segment) -> str:
    """The words of a segment, codes left out."""
    if len(segment) == 1 and isinstance(segment[0], Text):
        return segment[0].text
    return "".join(token.text for token in segment if isinstance(token, Text))


def units(segment: Segment) -> int:
    """Size of its words in UTF-16 code units, the unit Azure AI Translator bills and limits."""
    return utf16(text_of(segment))


def utf16(text: str) -> int:
    """Size of a text in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def characters(segments: Iterable[Segment]) -> int:
    """Size of a translation in UTF-16 code units."""
    return sum(map(units, segments))


def lost_codes(source: Segment, translation: Segment) -> list[str]:
    """What a translation did wrong with the codes of its source, as readable lines; empty when whole.

    A standalone code must come back exactly once, and those that take arguments in their order. A pair must
    come back at least once (an engine may split it when its words move apart) and every pair must be closed
    in the order it was opened.
    """
    if all(isinstance(token, Text) for token in (*source, *translation)):
        return []
    return _faults(source, translation)


def _faults(source: Segment, translation: Segment) -> list[str]:
    wanted_pairs = {token.code for token in source if isinstance(token, Open)}
    wanted_alone = sorted(token.code for token in source if isinstance(token, Standalone))
    faults: list[str] = []
    stack: list[int] = []
    pairs: set[int] = set()
    alone: list[int] = []
    for token in translation:
        match token:
            case Open(code):
                stack.append(code)
                pairs.add(code)
            case Close(code):
                if not stack or stack.pop() != code:
                    faults.append(f"code {code} is closed where it was not opened")
            case Standalone(code):
                alone.append(code)
            case Text():
                pass
    faults += [f"code {code} is never closed" for code in stack]
    faults += [f"pair {code} is lost" for code in sorted(wanted_pairs - pairs)]
    faults += [f"pair {code} is not the source's" for code in sorted(pairs - wanted_pairs)]
    if sorted(alone) != wanted_alone:
        faults.append(f"standalone codes are {sorted(alone)}, not {wanted_alone}")
    else:
        faults += _misplaced(source, alone)
    return faults


def _misplaced(source: Segment, alone: Sequence[int]) -> list[str]:
    takes = {token.code: token.takes for token in source if isinstance(token, Standalone) and token.takes}
    wanted, found = list(takes.values()), [takes[code] for code in alone if code in takes]
    return [] if found == wanted else [f"arguments are taken by {', '.join(found)}, not {', '.join(wanted)}"]


def has_letters(segment: Segment) -> bool:
    """Whether there is anything in it to translate."""
    return _LETTER.search(text_of(segment)) is not None
