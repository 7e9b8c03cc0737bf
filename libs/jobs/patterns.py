"""Shell patterns over whole names, matched without backtracking: callers of the API write the patterns, and
others write the names, so the slowest pair of them must still be fast.

All patterns of a list are one automaton whose states are the bits of one integer (the Shift-And method of
Baeza-Yates and Gonnet, "A new approach to text searching", 1992, with a loop at each ``*``). A backtracking
matcher such as `fnmatch` needs milliseconds for one hostile pattern and one name.
"""

import fnmatch
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

#: Masks kept for the characters of names. Other characters cost a little more each time.
_MOST_MASKS = 1024
#: A pattern's parts: a bracketed set as `fnmatch` reads it, or one character.
_PARTS = re.compile(r"\[!?+\]?+[^\]]*\]|.", re.DOTALL)


class Patterns:
    """Shell patterns: ``*`` (which also matches ``/``), ``?``, ``[set]`` and ``[!set]``. Case counts."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._literals: dict[str, list[int]] = {}
        self._sets: dict[str, list[int]] = {}
        self._any = self._loops = self._begin = self._ends = 0
        bit = 0
        for pattern in patterns:
            bit = self._add(pattern, bit)
        self._matchers = {text: re.compile(fnmatch.translate(text)) for text in self._sets}
        self._set_masks = {text: _mask(bits) for text, bits in self._sets.items()}
        self._masks: dict[str, int] = {}

    def match(self, name: str) -> bool:
        """Whether one of the patterns matches the whole name."""
        states, loops, masks = self._begin, self._loops, self._masks
        for character in name:
            mask = masks.get(character)
            if mask is None:
                mask = self._mask_of(character)
            states = ((states & mask) << 1) | (states & loops)
            if not states:
                return False
        return bool(states & self._ends)

    def _add(self, pattern: str, bit: int) -> int:
        """Give the states of ``pattern`` the bits from ``bit`` on; returns the first bit that is free."""
        self._begin |= 1 << bit
        for part in _parts(pattern):
            if part == "*":
                self._loops |= 1 << bit
                continue
            if part == "?":
                self._any |= 1 << bit
            elif len(part) == 1:
                self._literals.setdefault(part, []).append(bit)
            else:
                self._sets.setdefault(part, []).append(bit)
            bit += 1
        self._ends |= 1 << bit
        return bit + 1

    def _mask_of(self, character: str) -> int:
        """The states that ``character`` leads on from."""
        mask = self._any | _mask(self._literals.get(character, ()))
        for text, matcher in self._matchers.items():
            if matcher.match(character):
                mask |= self._set_masks[text]
        if len(self._masks) < _MOST_MASKS:
            self._masks[character] = mask
        return mask


@lru_cache(maxsize=32)
def patterns_of(patterns: tuple[str, ...]) -> Patterns:
    """`Patterns`, built once for all names of a job."""
    return Patterns(patterns)


def _parts(pattern: str) -> Iterator[str]:
    """``*``, ``?``, a character, or a set in brackets. A bracket that nothing closes is a character."""
    return (part[0] for part in _PARTS.finditer(pattern))


def _mask(bits: Sequence[int]) -> int:
    if not bits:
        return 0
    octets = bytearray(max(bits) // 8 + 1)
    for bit in bits:
        octets[bit // 8] |= 1 << bit % 8
    return int.from_bytes(octets, "little")
