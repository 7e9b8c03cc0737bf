"""A stall is a run that stood still, or was far slower than its peers; and what is known of the reason."""

import itertools
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

#: A run without any progress for longer than this stood still (seconds).
STILL = 3.0
#: A run slower than this part of the median of its peers stalled, wherever.
SLOW = 0.5


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that took long in a process: what, since when (Unix time), how many seconds."""

    what: str
    since: float
    seconds: float

    def overlaps(self, since: float, until: float) -> bool:
        return self.since < until and self.since + self.seconds > since


@dataclass(frozen=True, slots=True)
class Stall:
    """``after`` seconds from the start of the run nothing moved for ``seconds``."""

    after: float
    seconds: float
    causes: tuple[str, ...]

    def __str__(self) -> str:
        why = "; ".join(self.causes) or "cause unknown: no long wait was seen in the process"
        return f"nothing moved for {self.seconds:.1f} s, {self.after:.1f} s after the start ({why})"


def stalls(moments: Iterable[float], began: float, ended: float, waits: Sequence[Wait]) -> list[Stall]:
    """Every time that nothing moved for too long, between ``began`` and ``ended``; longest waits first."""
    inside = sorted(moment for moment in moments if began < moment < ended)
    found = []
    for since, until in itertools.pairwise([began, *inside, ended]):
        if until - since > STILL:
            blamed = [wait for wait in waits if wait.overlaps(since, until)]
            found.append(Stall(since - began, until - since, _causes(blamed)))
    return found


def _causes(blamed: Sequence[Wait]) -> tuple[str, ...]:
    """Each kind of wait once, with its longest."""
    longest: dict[str, float] = {}
    for wait in blamed:
        longest[wait.what] = max(wait.seconds, longest.get(wait.what, 0.0))
    ordered = sorted(longest.items(), key=lambda item: -item[1])
    return tuple(f"{what}, {seconds:.1f} s" for what, seconds in ordered)


def slow_rounds(speeds: Sequence[float]) -> Iterator[int]:
    """The rounds, from 1, that were far below the median of all rounds of the same contender."""
    usual = statistics.median(speeds)
    for number, speed in enumerate(speeds, 1):
        if speed < usual * SLOW:
            yield number
