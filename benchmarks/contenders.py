"""Who is measured beside the worker, what one worker has to reach, and the table of it."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Run, measured, measured_celery
from benchmarks.stalls import slow_rounds

ONE = "1 worker"
TWO = "2 workers"


@dataclass(frozen=True, slots=True)
class Contender:
    """``goal`` is the least that the speed of one worker may be, divided by this one's; None: no goal."""

    name: str
    what: str
    goal: float | None = None
    processes: int = 1
    pool: Sequence[str] = ()

    async def run(self, files: int, folder: Path, latency: int) -> Run:
        if self.what == "celery":
            return await measured_celery(self.pool, files, folder, latency)
        return await measured(self.what, files, folder, processes=self.processes, latency=latency)


CONTENDERS = (
    Contender(ONE, "worker"),
    Contender(TWO, "worker", processes=2),
    Contender("bare loop", "bare", goal=0.9),
    Contender("bare loop, bytes", "bytes"),
    Contender("Celery, 16 threads", "celery", goal=3, pool=("--pool=threads", "--concurrency=16")),
    Contender("Celery, 2 processes", "celery", goal=3, pool=("--pool=prefork", "--concurrency=2")),
    Contender("first generation", "first_generation", goal=8),
    Contender("one update a file", "one_update", goal=2),
)

Runs = Mapping[str, Sequence[Run]]


def ratio(runs: Runs, name: str) -> float:
    """The speed of one worker divided by that of ``name``, round by round; their median."""
    return statistics.median(_ratios(runs, name))


def missed(runs: Runs, contenders: Sequence[Contender] = CONTENDERS) -> list[str]:
    """A line for each goal that one worker did not reach."""
    return [
        f"1 worker is {ratio(runs, one.name):.2f} x {one.name}, the goal is {one.goal:g}"
        for one in contenders
        if one.goal is not None and one.name in runs and ratio(runs, one.name) < one.goal
    ]


def table(runs: Runs, contenders: Sequence[Contender] = CONTENDERS) -> Iterator[list[str]]:
    yield [
        "", "files/s (median)", "1 worker to it", "goal", "requests a file", "CPU ms a file",
        "Azurite's", "stalls",
    ]  # fmt: skip
    for one in contenders:
        own = runs[one.name]
        ratios = _ratios(runs, one.name)
        yield [
            one.name,
            f"{statistics.median(run.speed for run in own):.0f}",
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            "" if one.goal is None else f"≥ {one.goal:g}",
            f"{statistics.median(run.calls_a_file for run in own):.2f}",
            f"{statistics.median(run.cpu / run.files * 1000 for run in own):.1f}",
            f"{statistics.median(run.storage_cpu / run.files * 1000 for run in own):.1f}",
            f"{sum(len(run.stalls) for run in own)}",
        ]
    dispatched = [run for own in runs.values() for run in own if run.dispatched]
    speed = statistics.median(run.files / run.dispatched for run in dispatched)
    calls = statistics.median(run.dispatcher.total / run.files for run in dispatched)
    yield ["dispatcher (before the clock)", f"{speed:.0f}", "", "", f"{calls:.2f}", "", "", ""]


def explained(runs: Runs) -> Iterator[str]:
    """Every run that stalled, and what is known of why."""
    for name, own in runs.items():
        for number, run in enumerate(own, 1):
            for stall in run.stalls:
                yield f"{name}, round {number}: {stall}"
        for number in slow_rounds([run.speed for run in own]):
            if not own[number - 1].stalls:
                yield f"{name}, round {number}: below half of its median all along, without one long stop"


def _ratios(runs: Runs, name: str) -> list[float]:
    return [one.speed / other.speed for one, other in zip(runs[ONE], runs[name], strict=True)]
