"""A document of one or more XML parts. What has no translation stays byte for byte; a part with one is read
again, changed as a tree, and written. No tree is kept in between.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from libs.translation.documents.document import require_codes
from libs.translation.documents.markup import Spot
from libs.translation.documents.markup_document import Splice
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.tree import Element, Shape, parsed, serialised
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment

#: A novel has ten thousand paragraphs, a large workbook a hundred thousand texts.
MOST_FLOWS = 500_000


class Part(NamedTuple):
    """``flows`` finds the texts in the part's tree, always the same in the same order."""

    name: str
    data: Callable[[], bytes]
    flows: Callable[[Element], Iterable[Flow]]

    def root(self, data: bytes | None = None) -> Element:
        data = self.data() if data is None else data
        return parsed(data, self.name)


class _Place(NamedTuple):
    flow: int
    spot: Spot


class TreeDocument:
    """``join`` makes the file of the parts that changed."""

    def __init__(
        self,
        data: bytes,
        parts: Sequence[Part],
        shape: Shape,
        *,
        join: Callable[[Mapping[str, bytes]], bytes],
    ) -> None:
        self._data, self._parts, self._shape, self._join = data, parts, shape, join
        self._places = [_places(part) for part in parts]
        self.segments: Sequence[Segment] = [
            segment for places in self._places for place in places for segment in place.spot.segments
        ]

    def render(self, translations: Sequence[Segment]) -> bytes:
        """Raises `PermanentFault`: ``codes_lost``, ``shape_changed``."""
        require_codes(self.segments, translations)
        remaining = iter(translations)
        changed: dict[str, bytes] = {}
        for part, places in zip(self._parts, self._places, strict=True):
            new = [(place, [next(remaining) for _ in place.spot.segments]) for place in places]
            other = [(place, texts) for place, texts in new if list(place.spot.segments) != texts]
            if other:
                changed[part.name] = self._changed(part, other)
        return self._join(changed) if changed else self._data

    def _changed(self, part: Part, changes: Sequence[tuple[_Place, Sequence[Segment]]]) -> bytes:
        source = part.data()
        root = part.root(source)
        shape = self._shape.of(root)
        flows = list(part.flows(root))
        # Inner texts (of a text box, a note) first: writing a paragraph copies what stands in it.
        for (number, spot), texts in reversed(changes):
            flow = flows[number]
            coded = flow.coded().text
            flow.write(Splice(coded, [spot], [texts]).between(0, len(coded)))
        data = serialised(root, source)
        self._shape.require_same(shape, part.root(data), part.name)
        return data


def _places(part: Part) -> list[_Place]:
    places = []
    for number, flow in enumerate(part.flows(part.root())):
        if number == MOST_FLOWS:
            raise PermanentFault("too_much_markup", f"{part.name} has more than {MOST_FLOWS} texts")
        if spot := flow.coded().spot():
            places.append(_Place(number, spot))
    return places
