"""A text file of which only spots are translated; every other character stays where it is."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from libs.translation.cutting import rejoined
from libs.translation.documents.document import require_codes
from libs.translation.documents.markup import Source, Spot
from libs.translation.segments import Segment


class MarkupDocument:
    """``spots`` are in any order; one may lie in a code of another (an attribute in a tag in a sentence).

    ``encode`` writes the whole text; ``check`` is given it before and raises `PermanentFault`
    (``shape_changed``) when its markup is not the source's any more.
    """

    def __init__(
        self,
        data: bytes,
        text: str,
        spots: Sequence[Spot],
        *,
        encode: Callable[[str], bytes],
        check: Callable[[str], None],
    ) -> None:
        self._data, self._text, self._encode, self._check = data, text, encode, check
        self._spots = sorted(spots, key=lambda spot: (spot.start, -spot.end))
        self.segments: Sequence[Segment] = [s for spot in self._spots for s in spot.segments]

    def render(self, translations: Sequence[Segment]) -> bytes:
        require_codes(self.segments, translations)
        remaining = iter(translations)
        translated = [[next(remaining) for _ in spot.segments] for spot in self._spots]
        text = Splice(self._text, self._spots, translated).between(0, len(self._text))
        if text == self._text:
            return self._data
        self._check(text)
        return self._encode(text)


class Splice:
    """A text with its ``spots`` (sorted: outer ones first) replaced by their translations."""

    def __init__(self, text: str, spots: Sequence[Spot], translated: Sequence[Sequence[Segment]]) -> None:
        self._text = text
        pairs = zip(spots, translated, strict=True)
        changed = [(spot, new) for spot, new in pairs if list(spot.segments) != list(new)]
        self._changed = [(spot, rejoined(list(new))) for spot, new in changed]
        self._starts = [spot.start for spot, _ in changed]

    def between(self, start: int, end: int) -> str:
        """The source from ``start`` to ``end`` with all translated spots that lie wholly in it."""
        return "".join(self._pieces(start, end))

    def _pieces(self, start: int, end: int) -> Iterator[str]:
        done = start
        for place in range(bisect_left(self._starts, start), bisect_left(self._starts, end)):
            spot, translation = self._changed[place]
            if done <= spot.start and spot.end <= end:
                yield self._text[done : spot.start]
                codes = {code: (self._of(a), self._of(b)) for code, (a, b) in spot.codes.items()}
                yield spot.writer(translation, codes)
                done = spot.end
        yield self._text[done:end]

    def _of(self, source: Source) -> str:
        return source if isinstance(source, str) else self.between(*source)
