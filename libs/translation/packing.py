"""From segments to the pieces an engine is asked for, and from the answers back."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.translation.cutting import cut, rejoined
from libs.translation.engines.engine import Limits
from libs.translation.segments import Segment, Text, has_letters, joined, text_of


@dataclass(frozen=True, slots=True)
class Packing:
    """``pieces``: all different, in order, each within a request's limits and with letters in it."""

    pieces: list[Segment]
    #: Of each segment: where its pieces are; a piece without letters stands for itself.
    _places: list[list[int | Segment]]

    def unpack(self, answers: Sequence[Segment]) -> list[Segment]:
        """One translation for each segment; ``answers[i]`` is the translation of ``pieces[i]``."""
        translations = list(map(with_outer_blanks, self.pieces, answers))
        return [
            rejoined([translations[place] if isinstance(place, int) else place for place in places])
            for places in self._places
        ]


def pack(segments: Sequence[Segment], limits: Limits) -> Packing:
    """Cut what is too long; leave out what has no letters, and what is there twice."""
    numbers: dict[Segment, int] = {}

    def placed(piece: Segment) -> int | Segment:
        return numbers.setdefault(piece, len(numbers)) if has_letters(piece) else piece

    places = [[placed(piece) for piece in cut(segment, limits.units)] for segment in segments]
    return Packing(list(numbers), places)


def with_outer_blanks(source: Segment, translation: Segment) -> Segment:
    """The translation between the blanks the source begins and ends with; engines trim them as they like."""
    if not _may_have_outer_blanks(source) and not _may_have_outer_blanks(translation):
        return translation
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


def _may_have_outer_blanks(segment: Segment) -> bool:
    if len(segment) != 1 or not isinstance(segment[0], Text):
        return True
    text = segment[0].text
    return not text or text[0].isspace() or text[-1].isspace()
