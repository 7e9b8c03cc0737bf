"""Translations of a short while ago, so that the same sentence in the next file costs nothing."""

from libs.translation.engines.engine import Wish
from libs.translation.exchange.asks import Known
from libs.translation.segments import Segment, text_of

#: Characters kept, source and translation together: some ten thousand sentences, about 20 MB.
MOST_CHARACTERS = 4_000_000
#: Wishes that have numbers. Jobs may name any option; if there are more, all is forgotten.
MOST_WISHES = 1_000
#: What an entry takes besides its text, in the same measure.
_ENTRY = 300

#: A number for the wish: it stands in every key, and is hashed faster.
Key = tuple[int, Segment]


class Reuse:
    """The least recently used go when there are too many."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most, self._held = most_characters, 0
        self._known: dict[Key, tuple[Known, int]] = {}
        self._wishes: dict[Wish, int] = {}

    def number(self, wish: Wish) -> int:
        """What the wish is called in keys; soon to be used."""
        if len(self._wishes) >= MOST_WISHES and wish not in self._wishes:
            self._wishes.clear()
            self._known.clear()
            self._held = 0
        return self._wishes.setdefault(wish, len(self._wishes))

    def find(self, key: Key) -> Known | None:
        found = self._known.pop(key, None)
        if found is None:
            return None
        self._known[key] = found
        return found[0]

    def keep(self, key: Key, known: Known) -> None:
        cost = _ENTRY + len(text_of(key[1])) + len(text_of(known.segment))
        if self._known.setdefault(key, (known, cost))[0] is known:
            self._held += cost
        while self._held > self._most:
            _, forgotten = self._known.pop(next(iter(self._known)))
            self._held -= forgotten
