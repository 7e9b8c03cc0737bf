"""From one language to another: the installed mode, or two of them one after the other."""

from collections.abc import Mapping, Sequence

from libs.translation.engines.apertium.modes import Mode
from libs.translation.engines.engine import Direction


def ways_of(modes: Mapping[Direction, Mode], pivots: Sequence[str]) -> dict[Direction, tuple[Mode, ...]]:
    """Every direction, and the modes to take for it.

    One step where a mode is installed; else two, by way of the first pivot that has both. A second language
    between is never taken: each step loses something. Raises ValueError for a pivot that no mode leads to, or
    from.
    """
    ways: dict[Direction, tuple[Mode, ...]] = {direction: (mode,) for direction, mode in modes.items()}
    for pivot in pivots:
        into = [direction for direction in modes if direction.target == pivot]
        out_of = [direction for direction in modes if direction.source == pivot]
        if not into or not out_of:
            raise ValueError(f"no installed pairs lead into and out of the pivot {pivot!r}")
        for first in into:
            for second in out_of:
                steps = (modes[first], modes[second])
                if not _is_round_trip(*steps):
                    ways.setdefault(Direction(first.source, second.target, via=pivot), steps)
    return ways


def _is_round_trip(first: Mode, second: Mode) -> bool:
    """Back to where it came from, or to a variant of it."""
    return first.languages[0] == second.languages[1]
