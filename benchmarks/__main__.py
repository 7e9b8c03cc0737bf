"""python -m benchmarks: the worker against the bare loop, in turn, in one run; ratios, never absolutes."""

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bench import Run, measured

_DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    runs = await _rounds(given.files, given.rounds)
    lines = _table(runs)
    _show(lines)
    _DOCUMENT.write_text(_document(lines, given.files, given.rounds), encoding="utf-8")


async def _rounds(files: int, rounds: int) -> dict[str, list[Run]]:
    """Every contender once a round, in turn: a machine that slows down slows them all."""
    runs: dict[str, list[Run]] = {"bare loop": [], "1 worker": [], "2 workers": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, rounds + 1):
            for name, what, processes in (
                ("bare loop", "bare", 1),
                ("1 worker", "worker", 1),
                ("2 workers", "worker", 2),
            ):
                run = await measured(what, files, Path(folder), processes)
                runs[name].append(run)
                print(f"round {number}: {name}: {run.speed:.0f} files/s", flush=True)
    return runs


def _table(runs: dict[str, list[Run]]) -> list[list[str]]:
    bare = runs["bare loop"]
    head = ["", "files/s (median)", "ratio to the bare loop", "requests a file", "CPU ms a file"]
    lines = [head]
    for name, own in runs.items():
        ratios = [run.speed / other.speed for run, other in zip(own, bare, strict=True)]
        lines.append(
            [
                name,
                f"{statistics.median(run.speed for run in own):.0f}",
                f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
                f"{statistics.median(run.calls.total / run.files for run in own):.2f}",
                f"{statistics.median(run.cpu / run.files * 1000 for run in own):.1f}",
            ]
        )
    dispatched = [run.dispatcher.total / run.files for own in runs.values() for run in own]
    lines.append(["dispatcher", "", "", f"{statistics.median(dispatched):.2f}", ""])
    pairs = zip(runs["2 workers"], runs["1 worker"], strict=True)
    lines.append(
        [
            "2 workers to 1",
            "",
            f"{statistics.median(two.speed / one.speed for two, one in pairs):.2f}",
            "",
            "",
        ]
    )
    return lines


def _show(lines: list[list[str]]) -> None:
    table = Table(*lines[0])
    for line in lines[1:]:
        table.add_row(*line)
    Console().print(table)


def _document(lines: list[list[str]], files: int, rounds: int) -> str:
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    rows.insert(1, "|" + "---|" * len(lines[0]))
    return "\n".join(
        [
            "# Benchmarks",
            "",
            (
                "Written by `make bench`: ratios within one run on one machine. Azurite in memory, "
                f"{files} files of 3 KB, the engine `copy`, every message queued before the clock starts; "
                f"{rounds} rounds in turn, medians."
            ),
            (
                "The clock runs from the first file to the last commit (bare loop: to the last delete). "
                "The bare loop makes the same storage calls with the same clients and nothing else."
            ),
            "",
            *rows,
            "",
            (
                f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, "
                f"{platform.system()} {platform.machine()}."
            ),
            "",
        ]
    )


if __name__ == "__main__":
    asyncio.run(main())
