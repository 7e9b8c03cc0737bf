"""From a document's segments to requests within an engine's limits, and from the answers back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from libs.translation.cutting import cut, rejoined, units_of
from libs.translation.engines.engine import Limits
from libs.translation.segments import Segment, Text, characters, has_letters, joined, text_of

Request = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Packing:
    """``requests`` in document order, of so many ``characters`` (UTF-16 units).

    A segment without letters is in none, equal ones are in one.
    """

    requests: tuple[Request, ...]
    characters: int
    _segments: Sequence[Segment]
    _pieces: dict[Segment, list[Segment]]

    def unpack(self, answers: Iterable[Sequence[Segment]]) -> list[Segment]:
        """One translation for each segment; ``answers[i]`` are the translations of ``requests[i]``."""
        translations: dict[Segment, Segment] = {}
        for request, answer in zip(self.requests, answers, strict=True):
            for piece, translation in zip(request, answer, strict=True):
                translations[piece] = with_outer_blanks(piece, translation)
        whole = {
            segment: rejoined([translations.get(piece, piece) for piece in pieces])
            for segment, pieces in self._pieces.items()
        }
        return [whole.get(segment, segment) for segment in self._segments]


def pack(segments: Sequence[Segment], limits: Limits) -> Packing:
    """Cut, leave out, and fill requests greedily in order."""
    pieces: dict[Segment, list[Segment]] = {}
    for segment in segments:
        if segment not in pieces and has_letters(segment):
            pieces[segment] = cut(segment, limits.units)
    distinct = dict.fromkeys(piece for cuts in pieces.values() for piece in cuts if has_letters(piece))
    return Packing(tuple(_filled(distinct, limits)), characters(distinct), segments, pieces)


def with_outer_blanks(source: Segment, translation: Segment) -> Segment:
    """The translation between the blanks the source begins and ends with; engines trim them as they like."""
    before, after = _outer_blanks(source)
    own_before, own_after = _outer_blanks(translation)
    if (before, after) == (own_before, own_after) or not text_of(translation).strip():
        return translation
    tokens = list(translation)
    if isinstance(tokens[0], Text):
        tokens[0] = Text(tokens[0].text.lstrip())
    if isinstance(tokens[-1], Text):
        tokens[-1] = Text(tokens[-1].text.rstrip())
    return joined([Text(before), *tokens, Text(after)])


def _outer_blanks(segment: Segment) -> tuple[str, str]:
    first = segment[0].text if segment and isinstance(segment[0], Text) else ""
    last = segment[-1].text if segment and isinstance(segment[-1], Text) else ""
    return first[: len(first) - len(first.lstrip())], last[len(last.rstrip()) :]


def _filled(pieces: Iterable[Segment], limits: Limits) -> Iterable[Request]:
    request: list[Segment] = []
    room = limits.units
    for piece in pieces:
        if request and (len(request) == limits.elements or units_of(piece) > room):
            yield tuple(request)
            request, room = [], limits.units
        request.append(piece)
        room -= units_of(piece)
    if request:
        yield tuple(request)
