"""What a file costs in storage calls and bytes, kept in ``baseline.json``: a test fails when it has grown.

python -m benchmarks.baseline     measure anew and write it, when a change is worth its calls
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench import Run, measured
from benchmarks.programs import Calls

FILE = Path(__file__).with_name("baseline.json")
#: Enough that what a process does once weighs little.
FILES = 400
#: What may be more than the baseline before it counts as grown.
ROOM = 0.10


async def run_once() -> Run:
    """One worker over `FILES` small files that a dispatcher has queued."""
    with tempfile.TemporaryDirectory() as folder:
        return await measured("worker", FILES, Path(folder))


def told(run: Run) -> dict[str, dict[str, float]]:
    """The figures a file, by service: each kind of request, ``calls`` in all, ``bytes`` both ways."""
    return {"worker": _a_file(run.calls, run.files), "dispatcher": _a_file(run.dispatcher, run.files)}


def _a_file(calls: Calls, files: int) -> dict[str, float]:
    kinds = {kind: round(number / files, 3) for kind, number in sorted(calls.requests.items())}
    return {**kinds, "calls": round(calls.total / files, 3), "bytes": round(calls.bytes / files)}


def grown(now: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A line for each total that is more than the baseline and its room."""
    before = read()
    for service, figures in now.items():
        for what in ("calls", "bytes"):
            kept = before[service][what]
            if figures[what] > kept * (1 + ROOM):
                yield f"{service}: {figures[what]} {what} a file, {kept} before ({dict(figures)})"


def read() -> dict[str, dict[str, float]]:
    kept: dict[str, dict[str, float]] = json.loads(FILE.read_text(encoding="utf-8"))["a_file"]
    return kept


def main() -> None:
    figures = {
        "written": f"{datetime.now(UTC):%Y-%m-%d}",
        "files": FILES,
        "a_file": told(asyncio.run(run_once())),
    }
    FILE.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(FILE.read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
