"""python -m benchmarks.engines: what the shared machinery of the engines is worth, as ratios within a run."""

import asyncio
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.engines import living, quota, savings

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks-engines.md"
_HEAD = """# Benchmarks of the engines

Written by `make bench-engines`. Azure Translator is its emulator, which keeps the service's limits; all \
else is real: Azurite, the dispatcher, the worker processes, Apertium. A missed goal ends the run with 1.
"""
#: Goals: share of the quota used at least, requests throttled at most, files a request, characters paid for
#: again, files a second to those with a process a file.
_USED, _THROTTLED, _FILES_A_REQUEST, _PAID_AGAIN, _LIVING = 0.9, 0.05, 20.0, 0.07, 10.0

Line = tuple[str, str, str, bool]


async def main() -> int:
    lines = [*_living(await living.race(500)), *_shared(await savings.shared_requests(2000))]
    lines += _remembered(await savings.remembered())
    lines += _quota(await quota.measured())
    for line in lines:
        print(*line, sep="  |  ", flush=True)
    _DOCUMENT.write_text(_document(lines), encoding="utf-8")
    return 0 if all(held for *_, held in lines) else 1


def _living(race: living.Race) -> list[Line]:
    what = f"living Apertium pipelines to a process a file, {race.files} small files"
    figure = f"{race.ratio:.1f} times the files a second"
    return [(what, figure, f"at least {_LIVING:g}", race.ratio >= _LIVING)]


def _shared(shared: savings.Shared) -> list[Line]:
    what = f"{shared.files} files of one sentence each"
    figure = f"{shared.ratio:.0f} files a request"
    return [(what, figure, f"at least {_FILES_A_REQUEST:g}", shared.ratio >= _FILES_A_REQUEST)]


def _remembered(memory: savings.Remembered) -> list[Line]:
    what = f"a second job, {memory.sentences_changed:.0%} of the sentences edited, memory on"
    figure = f"{memory.share:.1%} of the characters"
    return [(what, figure, f"at most {_PAID_AGAIN:.0%}", memory.share <= _PAID_AGAIN)]


def _quota(found: quota.Quota) -> list[Line]:
    lines = []
    for name, pace in (("a quota", found.full), ("the quota halved midway", found.halved)):
        what = f"{quota.WORKERS} workers, {quota.LATENCY_MS} ms, {name} of {pace.quota:,} characters a minute"
        figure = f"{pace.used:.1%} of it used, {pace.throttled:.1%} of the requests throttled"
        held = pace.used >= _USED and pace.throttled <= _THROTTLED
        lines.append((what, figure, f"at least {_USED:.0%}, at most {_THROTTLED:.0%}", held))
    what, figure = f"files failed of {found.files} meanwhile", str(found.failed)
    return [*lines, (what, figure, "none", found.failed == 0)]


def _document(lines: list[Line]) -> str:
    rows = [
        f"| {what} | {figure} | {goal} | {'yes' if held else '**no**'} |"
        for what, figure, goal, held in lines
    ]
    made = (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}."
    )
    return "\n".join([_HEAD, "| what | figure | goal | held |", "|---|---|---|---|", *rows, "", made, ""])


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
