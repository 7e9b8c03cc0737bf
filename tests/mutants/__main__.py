"""python -m tests.mutants [bug ...]: plant the bugs of the first generation, see the tests find each."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.first_generation import MUTANTS
from tests.mutants.mutant import Mutant, PlaceLost, copy_of
from tests.mutants.trial import Outcome, Trial, run_tests

_ROW = "{:>3}  {:<52}  {:<37}  {:>7}  {}"
_LAST_LINES = 30


def main(bugs: Sequence[int]) -> int:
    """Exit code: 0 if every mutant was killed by the test it names."""
    began = time.monotonic()
    mutants = [mutant for mutant in MUTANTS if not bugs or mutant.bug in bugs]
    with copy_of() as pristine:
        if not _tests_pass(pristine, mutants):
            return 1
        print(_ROW.format("bug", "mutant", "place", "seconds", "killed by"))
        killed = sum([_is_killed(pristine, mutant) for mutant in mutants])
    print(f"{killed} of {len(mutants)} mutants killed, {time.monotonic() - began:.0f} s in all")
    return 0 if killed == len(mutants) else 1


def _tests_pass(pristine: Path, mutants: Sequence[Mutant]) -> bool:
    trial = run_tests(pristine, sorted({mutant.test for mutant in mutants}))
    if trial.outcome is not Outcome.PASSED:
        print(f"without a mutant the tests do not pass:\n{_tail(trial)}")
        return False
    print(f"without a mutant the tests pass, {trial.seconds:.0f} s\n")
    return True


def _is_killed(pristine: Path, mutant: Mutant) -> bool:
    try:
        place = mutant.place(pristine)
    except PlaceLost as lost:
        print(_ROW.format(mutant.bug, mutant.name, "PLACE LOST", "", lost), flush=True)
        return False
    with copy_of(pristine) as root:
        mutant.plant(root)
        trial = run_tests(root, [mutant.test])
    is_killed = trial.outcome is Outcome.FAILED
    verdict = trial.failed[0].removeprefix("tests/") if is_killed else _VERDICTS[trial.outcome]
    print(_ROW.format(mutant.bug, mutant.name, place, f"{trial.seconds:.1f}", verdict), flush=True)
    if trial.outcome is Outcome.BROKEN:
        print(_tail(trial))
    return is_killed


_VERDICTS = {Outcome.PASSED: "SURVIVED", Outcome.BROKEN: "NOT TRIED: the test neither passed nor failed"}


def _tail(trial: Trial) -> str:
    return "\n".join(trial.said.splitlines()[-_LAST_LINES:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("bug", nargs="*", type=int, help="numbers of bugs; none: all")
    bugs = parser.parse_args().bug
    if unknown := set(bugs) - {mutant.bug for mutant in MUTANTS}:
        parser.error(f"there is no bug {min(unknown)}")
    sys.exit(main(bugs))
