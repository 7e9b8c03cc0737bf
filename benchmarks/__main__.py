"""python -m benchmarks: the worker and its peers on the same files, in turn; only ratios count."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench import CORES, Run
from benchmarks.contenders import CONTENDERS, Contender, Runs, explained, missed, table
from benchmarks.goals import show
from benchmarks.page import machine, write_section
from benchmarks.peers import celery_peer

#: Fewer files than this are over before a process is warm: a try, not a figure for the page.
_WORTH_WRITING = 1000
#: With storage at a distance the slowest peer takes minutes for as many.
_WORTH_WRITING_DISTANT = 500


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=int, default=0, help="ms that storage answers later")
    parser.add_argument("--only", nargs="*", default=[], help="kinds beside worker; the page is not written")
    given = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    chosen = [one for one in CONTENDERS if not given.only or one.what in {"worker", *given.only}]
    if any(one.what == "celery" for one in chosen):
        celery_peer.install()
    runs = asyncio.run(_rounds(chosen, given))
    lines = list(table(runs, chosen))
    show(lines)
    told = _told(runs, chosen)
    print(*told, sep="\n")
    if not given.only and given.files >= (_WORTH_WRITING_DISTANT if given.latency else _WORTH_WRITING):
        what = f"{given.files} files of 3 KB, {given.rounds} rounds in turn, medians."
        notes = [what, *told, f"Celery {celery_peer.version()}. {machine()}"]
        write_section("distant" if given.latency else "peers", lines, notes)
    return 1 if missed(runs, chosen) else 0


async def _rounds(chosen: Sequence[Contender], given: argparse.Namespace) -> Runs:
    """Every contender once a round, in turn: a machine that slows down slows them all."""
    runs: dict[str, list[Run]] = {one.name: [] for one in chosen}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, given.rounds + 1):
            for one in chosen:
                run = await one.run(given.files, Path(folder), given.latency)
                runs[one.name].append(run)
                print(f"round {number}: {one.name}: {run.speed:.0f} files/s", *run.stalls, flush=True)
    return runs


def _told(runs: Runs, chosen: Sequence[Contender]) -> list[str]:
    stalled = list(explained(runs)) or ["No run stalled."]
    return [*stalled, *(missed(runs, chosen) or ["Every goal was reached."])]


if __name__ == "__main__":
    sys.exit(main())
