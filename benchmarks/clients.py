"""What a file costs this side of storage, with the SDKs as they come and with changes to them: CPU, in turn.

python -m benchmarks.clients [--files 600] [--rounds 3]
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.bench import CORES, Run, measured
from benchmarks.goals import show
from benchmarks.page import machine, write_section
from benchmarks.peers.client_loop import CHANGES

#: CPU a file with our clients, compared to the SDKs' defaults: what is left, at most.
_GOAL = 0.6
#: Fewer files than this are over before a process is warm.
_WORTH_WRITING = 500
_DEFAULTS, _OURS = "as the SDKs come", "ours"

#: What is compared, and the changes it has.
VARIANTS: Mapping[str, Sequence[str]] = {
    _DEFAULTS: (),
    **{says: (name,) for name, says in CHANGES.items() if name != "ours"},
    _OURS: ("ours", "page", "commits", "collector"),
}

Runs = Mapping[str, Sequence[Run]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clients", description=__doc__)
    parser.add_argument("--files", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    runs = asyncio.run(_rounds(given.files, given.rounds))
    lines = list(table(runs))
    show(lines)
    left = statistics.median(_ratios(runs, _OURS))
    said = f"Ours takes {left:.2f} of the defaults' CPU a file; the goal is {_GOAL:g} at most."
    print(said)
    if given.files >= _WORTH_WRITING:
        what = f"{given.files} files of 3 KB, {given.rounds} rounds in turn, medians."
        write_section("clients", lines, [what, said, machine()])
    return 0 if left <= _GOAL else 1


async def _rounds(files: int, rounds: int) -> Runs:
    runs: dict[str, list[Run]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, rounds + 1):
            for name, changes in VARIANTS.items():
                run = await measured("clients", files, Path(folder), arguments=changes)
                runs[name].append(run)
                print(f"round {number}: {name}: {_cpu(run):.2f} ms", flush=True)
    return runs


def table(runs: Runs) -> Iterator[list[str]]:
    yield ["storage clients", "CPU ms a file", "to the defaults", "requests a file"]
    for name, own in runs.items():
        ratios = _ratios(runs, name)
        yield [
            name,
            f"{statistics.median(map(_cpu, own)):.2f}",
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            f"{statistics.median(run.calls_a_file for run in own):.2f}",
        ]


def _ratios(runs: Runs, name: str) -> list[float]:
    return [_cpu(one) / _cpu(other) for one, other in zip(runs[name], runs[_DEFAULTS], strict=True)]


def _cpu(run: Run) -> float:
    return run.cpu / run.files * 1000


if __name__ == "__main__":
    sys.exit(main())
