"""Cutting what is too long for one request: at a sentence end, else at a blank, else anywhere."""

import re

from libs.translation.segments import Close, Open, Segment, Term, Text, Token, joined, utf16

#: What one code is counted as. Engines write it as a tag or a mark; the longest in use is about this.
CODE_UNITS = 48

_SENTENCE_END = re.compile(r"[.!?…]['\")\]»”’]*\s+|[。！？]['\")\]」』”’]*")  # noqa: RUF001 - CJK full stops
_BLANK = re.compile(r"\s+")


def units_of(segment: Segment) -> int:
    """Size in a request, in UTF-16 code units."""
    if len(segment) == 1 and isinstance(segment[0], Text):
        return utf16(segment[0].text)
    return sum(map(_size, segment))


def cut(segment: Segment, units: int) -> list[Segment]:
    """The segment in pieces of about ``units`` at most; `rejoined` undoes it.

    A code is never cut. A pair around a cut is closed before and opened again after it; only a segment
    with more codes at once than ``units`` has room for gives larger pieces.
    """
    if units_of(segment) <= units:
        return [segment]
    pieces: list[Segment] = []
    piece: list[Token] = []
    inside: list[int] = []
    room = units
    waiting = list(reversed(segment))
    while waiting:
        part, rest = _split(waiting.pop(), room, at_a_good_place=len(piece) > len(inside))
        piece += part
        room -= sum(map(_units_taken, part))
        for token in part:
            if isinstance(token, Open):
                inside.append(token.code)
            elif isinstance(token, Close):
                inside.remove(token.code)
        if rest:
            waiting += rest
            pieces.append(joined([*piece, *(Close(code) for code in reversed(inside))]))
            piece = [Open(code) for code in inside]
            room = units - sum(map(_units_taken, piece))
    return [*pieces, joined(piece)]


def rejoined(pieces: list[Segment]) -> Segment:
    if len(pieces) == 1:
        return pieces[0]
    tokens: list[Token] = []
    for piece in pieces:
        rest = list(piece)
        while tokens and rest and isinstance(rest[0], Open) and tokens[-1] == Close(rest[0].code):
            tokens.pop()
            rest.pop(0)
        tokens += rest
    return joined(tokens)


def _split(token: Token, room: int, *, at_a_good_place: bool) -> tuple[list[Token], list[Token]]:
    """What still goes in, and what is left over. Nothing at all goes in only if more room is to come."""
    if isinstance(token, Text):
        return _split_text(token.text, room, at_a_good_place=at_a_good_place)
    if room < _units_taken(token) and at_a_good_place:
        return [], [token]
    return [token], []


def _split_text(text: str, room: int, *, at_a_good_place: bool) -> tuple[list[Token], list[Token]]:
    window = _prefix(text, room)
    if window == text:
        return [Text(text)], []
    places = [match.end() for match in _SENTENCE_END.finditer(window)]
    places = places or [match.end() for match in _BLANK.finditer(window)]
    anywhere = 0 if at_a_good_place else max(1, len(window))
    place = places[-1] if places else anywhere
    return [Text(text[:place])] if place else [], [Text(text[place:])]


def _units_taken(token: Token) -> int:
    """What a token takes of the room; with the start of a pair the room for its end is taken."""
    match token:
        case Open():
            return 2 * CODE_UNITS
        case Close():
            return 0
        case _:
            return _size(token)


def _size(token: Token) -> int:
    match token:
        case Text(text):
            return utf16(text)
        case Term(_, text, translation):
            return utf16(text) + utf16(translation) + CODE_UNITS
        case _:
            return CODE_UNITS


def _prefix(text: str, units: int) -> str:
    prefix = text[: max(0, units)]
    while (over := utf16(prefix) - units) > 0 and prefix:
        prefix = prefix[: -((over + 1) // 2)]
    return prefix
