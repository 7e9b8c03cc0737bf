"""A text file of which only the strings are translated; every other character stays where it is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from libs.translation.documents.document import require_codes
from libs.translation.documents.markup import Spot
from libs.translation.documents.markup_document import Splice
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment

#: The largest translation catalogues have some ten thousand strings; this many take about half a gigabyte.
MOST_SLOTS = 500_000


@dataclass(frozen=True, slots=True)
class Slot:
    """The source from ``start`` to ``end`` becomes what ``write`` makes of the translated ``value``.

    ``spots`` are the parts of the value that are translated. If none of them changes, the source stays.
    """

    start: int
    end: int
    value: str
    spots: Sequence[Spot]
    write: Callable[[str], str]


def bounded(slots: Iterable[Slot]) -> list[Slot]:
    """Those with something to translate. Raises `PermanentFault` (``too_much_markup``)."""
    found: list[Slot] = []
    for slot in slots:
        if slot.spots:
            found.append(slot)
        if len(found) > MOST_SLOTS:
            raise PermanentFault("too_much_markup", f"the file has more than {MOST_SLOTS} strings")
    return found


class SlotDocument:
    """``slots`` in the order of their starts, none in another. ``encode`` writes the whole text;
    ``check`` is given it before and raises `PermanentFault` (``shape_changed``).
    """

    def __init__(
        self,
        data: bytes,
        text: str,
        slots: Sequence[Slot],
        *,
        encode: Callable[[str], bytes],
        check: Callable[[str], None],
    ) -> None:
        self._data, self._text, self._encode, self._check = data, text, encode, check
        self._slots = slots
        self.segments: Sequence[Segment] = [s for p in slots for spot in p.spots for s in spot.segments]

    def render(self, translations: Sequence[Segment]) -> bytes:
        require_codes(self.segments, translations)
        text = "".join(self._pieces(iter(translations)))
        if text == self._text:
            return self._data
        self._check(text)
        return self._encode(text)

    def _pieces(self, translations: Iterator[Segment]) -> Iterator[str]:
        done = 0
        for slot in self._slots:
            yield self._text[done : slot.start]
            new = [[next(translations) for _ in spot.segments] for spot in slot.spots]
            value = Splice(slot.value, slot.spots, new).between(0, len(slot.value))
            yield self._text[slot.start : slot.end] if value == slot.value else slot.write(value)
            done = slot.end
        yield self._text[done:]
