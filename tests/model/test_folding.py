"""Folding counter rows: no order of steps breaks a count, ends a job early or lets progress go back."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.model.explore import Verdict, explore
from tests.model.folding import Folding

Bounds = Mapping[str, Any]

_LISTED: Bounds = {"skip": "after", "bs": 1, "grp": 1, "start": "sealed", "dcrash": 0}
_ONE_FILE: Bounds = {**_LISTED, "pages": ((0,),)}
_TWO_FILES: Bounds = {**_LISTED, "pages": ((0, 1),)}

SOUND: Mapping[str, Bounds] = {
    "a paused worker, a lost reply and a write that lands late": {**_TWO_FILES, "lost": 1, "late": 1},
    "two folds, and a note whose first attempt lands late": {**_ONE_FILE, "folds": 2, "late": 1, "note": 1},
    "a worker that crashes, and another that takes its place": {**_ONE_FILE, "folds": 2, "crash": 1},
    "two workers and a lease that lapses": {**_ONE_FILE, "exp": 1, "nw": 2},
    "a reader of progress": {**_ONE_FILE, "folds": 2, "polls": 2, "lost": 1},
    "a closing check that does not compare the numbers": {
        **_ONE_FILE,
        "folds": 2,
        "crash": 1,
        "reader": "none",
    },
}

#: Variants that look simpler, and what each of them breaks.
BROKEN: Mapping[str, tuple[Bounds, str]] = {
    "a fold that does not ask for the versions it read": ({**_TWO_FILES, "fold": "blind"}, "counter != rows"),
    "a paused worker that writes from memory": ({**_TWO_FILES, "anew": "memory"}, "counter != rows"),
    "a reader that does not compare the numbers": (
        {**_TWO_FILES, "polls": 2, "reader": "none"},
        "progress went back",
    ),
    "a folded row that is read last": (
        {**_TWO_FILES, "reader": "folded row last"},
        "closed while a file row is pending",
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_fold_breaks_no_promise_whatever_comes_in_between(name: str) -> None:
    verdict = _walk(name, SOUND[name])
    assert verdict.broken == "", "\n".join(verdict.trace)
    assert verdict.faults > 0


@pytest.mark.parametrize("name", BROKEN)
def test_a_way_to_fold_that_is_known_to_be_broken_is_found_out(name: str) -> None:
    bounds, breaks = BROKEN[name]
    assert breaks in _walk(name, bounds).broken


def _walk(name: str, bounds: Bounds) -> Verdict:
    verdict = explore(Folding(**bounds))
    print(f"{name}: {verdict.states} states, {verdict.faults} faults, {verdict.broken or 'sound'}")
    return verdict
