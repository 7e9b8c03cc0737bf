"""Walks through every state that a protocol can reach, and looks for one that breaks a promise."""

from array import array
from dataclasses import dataclass
from typing import Any

#: A walk in which this many states are exceeded has shown nothing, so it counts as a fault of the bounds.
_MOST_STATES = 1_500_000
#: How a step comes about: by the protocol itself, by a fault, or by an engine that refuses a file.
_FAULT = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk came to."""

    #: Which promise broke; empty: none.
    broken: str
    #: The steps that lead there.
    trace: tuple[str, ...]
    #: States met.
    states: int
    #: Steps of them that were faults.
    faults: int


class _Walk:
    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        first = protocol.init()
        self._ids = {first: 0}
        self.states = [first]
        self._parents, self._labels = array("i", [-1]), [""]
        # Steps that happen without a fault: what can go on by itself from where.
        self._from, self._to = array("i"), array("i")
        self.faults = 0

    def until_broken(self) -> tuple[str, int]:
        """Which promise broke in which state; empty: none did."""
        done = 0
        while done < len(self.states):
            state = self.states[done]
            broken = self._protocol.bad(state)
            if broken:
                return broken, done
            self._step_on(done)
            done += 1
        return "", 0

    def _step_on(self, done: int) -> None:
        for label, kind, state in self._protocol.succ(self.states[done]):
            known = self._ids.setdefault(state, len(self.states))
            if known == len(self.states):
                assert known < _MOST_STATES, "the bounds are too wide"
                self.states.append(state)
                self._parents.append(done)
                self._labels.append(label)
            if kind == _FAULT:
                self.faults += 1
            elif known != done:
                self._from.append(done)
                self._to.append(known)

    def first_stuck(self) -> int | None:
        """A state from which no goal can be reached without a further fault."""
        before: list[list[int]] = [[] for _ in self.states]
        for origin, target in zip(self._from, self._to, strict=True):
            before[target].append(origin)
        reached = [number for number, state in enumerate(self.states) if self._protocol.goal(state)]
        ends = set(reached)
        while reached:
            fresh = [origin for origin in before[reached.pop()] if origin not in ends]
            ends.update(fresh)
            reached += fresh
        return next((number for number in range(len(self.states)) if number not in ends), None)

    def trace(self, number: int) -> tuple[str, ...]:
        steps = []
        while number > 0:
            steps.append(self._labels[number])
            number = self._parents[number]
        return tuple(reversed(steps))


def explore(protocol: Any) -> Verdict:
    """Meet every state: no promise may break, and the goal must stay within reach of each."""
    walk = _Walk(protocol)
    broken, where = walk.until_broken()
    if not broken and (stuck := walk.first_stuck()) is not None:
        broken, where = "stuck", stuck
    return Verdict(broken, walk.trace(where) if broken else (), len(walk.states), walk.faults)
