"""python -m tests.faults.soak: many seeds at a high rate, outages, late storage, large files; it takes long.

Prints a line a run and ends with exit code 1 if any run broke a promise or nothing went wrong in it.
"""

import argparse
import asyncio
import platform
import sys
from collections import Counter
from collections.abc import Awaitable, Sequence
from importlib.metadata import version

from deploy.local.azurite import azurite
from tests.faults.checker import Kind, Report
from tests.faults.large import MIB, run_large
from tests.faults.late import run_late
from tests.faults.outages import CASES, Outage, run_outage
from tests.faults.recovery import REGAINED, run_recovery
from tests.faults.running import Begun, listening
from tests.faults.seeded import SeededRun, run_seed

_Run = SeededRun | Outage

#: Seconds behind an outage in which a job has to be as fast as before.
_GRACE = 30.0
#: A file of the largest size that is accepted, what a worker may take for all its files, and for everything.
_LARGE_FILE, _LARGE_BOUND, _LARGE_ALL = 40 * MIB, 480 * MIB, 512 * MIB


def main() -> None:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed; with --seeds 1, to repeat one")
    parser.add_argument("--rate", type=float, default=0.05, help="part of all requests that fail")
    parser.add_argument("--files", type=int, default=60, help="files of each seed's job")
    parser.add_argument("--at-once", type=int, default=4, help="runs side by side")
    parser.add_argument("--outages", default="10,60", help="seconds that storage is away, each; empty: never")
    parser.add_argument(
        "--late", default="180", help="seconds that storage is away at the start; empty: none"
    )
    parser.add_argument("--large", type=int, default=8, help="files of 40 MiB for one worker; 0: none")
    given = parser.parse_args()
    sys.exit(asyncio.run(Soak(given).run()))


class Soak:
    """All runs, and what they add up to."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._fired: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._broken: list[str] = []

    async def run(self) -> int:
        given = self._given
        print(f"python {platform.python_version()}, {platform.machine()}, aiohttp {version('aiohttp')}")
        seeds = list(range(given.first, given.first + given.seeds))
        for first in range(0, len(seeds), given.at_once):
            await self._seeds(seeds[first : first + given.at_once])
        for seconds in filter(None, given.outages.split(",")):
            await self._outages(float(seconds))
            await self._recovery(float(seconds))
        for seconds in filter(None, given.late.split(",")):
            await self._late(float(seconds))
        if given.large:
            await self._large(given.large)
        self._sum_up()
        return 1 if self._broken or not self._fired else 0

    async def _seeds(self, seeds: Sequence[int]) -> None:
        given = self._given

        def one(storage: str, seed: int, begun: Begun) -> Awaitable[_Run]:
            return run_seed(storage, seed, given.rate, begun, files=given.files, patience=300)

        # An emulator of their own: its receive slows down with what others leave in it.
        async with azurite() as storage:
            with listening() as begun:
                runs = [one(storage.connection_string, seed, begun) for seed in seeds]
                results = await asyncio.gather(*runs, return_exceptions=True)
        for seed, result in zip(seeds, results, strict=True):
            self._tell(f"seed {seed}", result)
            if isinstance(result, SeededRun):
                for (_, fault), times in result.fired.items():
                    self._fired[fault] += times

    async def _outages(self, seconds: float) -> None:
        async with azurite() as storage:
            with listening() as begun:
                runs = [run_outage(storage.connection_string, away, seconds, begun) for away in CASES]
                results = await asyncio.gather(*runs, return_exceptions=True)
        for away, result in zip(CASES, results, strict=True):
            self._tell(f"{'+'.join(sorted(away))} away for {seconds:g} s", result)
            if isinstance(result, Outage):
                self._fired["service down"] += result.refused
                if {row.attempts for row in result.report.rows} != {1}:
                    self._break(f"{'+'.join(sorted(away))} away for {seconds:g} s", "attempts were spent")

    async def _recovery(self, seconds: float) -> None:
        recovery = await run_recovery(seconds, _GRACE)
        print(recovery, flush=True)
        self._fired["service down"] += recovery.refused
        self._add(recovery.report)
        if recovery.ratio < REGAINED:
            self._break(f"speed after {seconds:g} s", f"{recovery.ratio:.0%} of the one before")

    async def _late(self, seconds: float) -> None:
        late = await run_late(seconds)
        print(late, flush=True)
        self._fired["service down"] += late.refused
        if not late.in_time:
            self._break(f"late storage after {seconds:g} s", f"ready after {late.ready}")

    async def _large(self, files: int) -> None:
        large = await run_large(files, _LARGE_FILE, _LARGE_BOUND, lease=30, through=False)
        print(large, flush=True)
        self._add(large.report)
        for violation in large.report.violations:
            self._break("large files", str(violation))
        if large.highest > _LARGE_ALL:
            self._break("large files", f"{large.highest // MIB} MiB taken")

    def _tell(self, name: str, result: _Run | BaseException) -> None:
        if isinstance(result, BaseException):
            self._break(name, repr(result))
            return
        print(result, flush=True)
        self._add(result.report)
        for violation in result.report.violations:
            self._break(name, str(violation))

    def _add(self, report: Report) -> None:
        for part in ("attempted", "acknowledged", "ok", "recovered"):
            self._totals[part] += getattr(report, part)
        for kind in Kind:
            self._totals[kind] += report.count(kind)

    def _break(self, name: str, why: str) -> None:
        self._broken.append(name)
        print(f"BROKEN {name}: {why}", flush=True)

    def _sum_up(self) -> None:
        print(f"faults fired: {self._fired.total()}")
        print(*(f"    {fault}: {times}" for fault, times in self._fired.most_common()), sep="\n")
        print(", ".join(f"{part} {times}" for part, times in self._totals.items()))
        print(f"broken runs: {sorted(set(self._broken)) or 'none'}")


if __name__ == "__main__":
    main()
