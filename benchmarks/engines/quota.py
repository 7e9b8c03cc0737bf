"""Four workers against a quota: how much of it they use, and how often they are told that it is too much."""

import asyncio
from dataclasses import dataclass
from typing import Any

from benchmarks.engines.emulated import Site, site, until

WORKERS, LATENCY_MS = 4, 150
CHARACTERS_A_MINUTE = 900_000
#: The first minute is for finding the pace; then each quota is watched for so long (seconds).
WARM_UP, WATCHED = 60, 60
_FILE_CHARACTERS = 6_000


@dataclass(frozen=True, slots=True)
class Pace:
    """``used``: share of the quota; ``throttled``: share of the requests."""

    quota: int
    used: float
    throttled: float


@dataclass(frozen=True, slots=True)
class Quota:
    full: Pace
    halved: Pace
    failed: int
    files: int


async def measured() -> Quota:
    """A job large enough for both quotas; the second is half of the first, and nobody is told."""
    budget = {"ENGINE_CHARS_PER_MINUTE": str(CHARACTERS_A_MINUTE)}
    knobs = ["--latency-ms", str(LATENCY_MS), "--characters-a-minute", str(CHARACTERS_A_MINUTE)]
    async with site(WORKERS, knobs, budget) as at:
        files = _files()
        await at.upload("quota-source", files)
        job = await at.post("quota-source", "quota-target")
        await _first_request(at)
        full = await _watched(at, CHARACTERS_A_MINUTE)
        await at.turn(characters_a_minute=CHARACTERS_A_MINUTE // 2)
        halved = await _watched(at, CHARACTERS_A_MINUTE // 2)
        await at.turn(characters_a_minute=None)
        ended = await at.ended(job.job_id)
        return Quota(full, halved, ended.counts.failed, ended.total)


def _files() -> dict[str, str]:
    """No sentence twice, and enough for all that is watched with some to spare."""
    seconds = WARM_UP + WATCHED
    characters = CHARACTERS_A_MINUTE * seconds / 60 * 1.5 + CHARACTERS_A_MINUTE
    count = int(characters / _FILE_CHARACTERS * 1.15)
    return {f"{number:05}.txt": _text(number) for number in range(count)}


def _text(number: int) -> str:
    lines = [f"Line {line} of file {number} tells of something else." for line in range(1, 200)]
    return "\n".join(lines)[:_FILE_CHARACTERS]


async def _first_request(at: Site) -> None:
    async def is_there() -> bool:
        return bool((await at.stats())["characters"])

    await until(is_there)


async def _watched(at: Site, quota: int) -> Pace:
    await asyncio.sleep(WARM_UP)
    before = await at.stats()
    await asyncio.sleep(WATCHED)
    after = await at.stats()
    return Pace(
        quota,
        _grown(before, after, "characters") / (quota * WATCHED / 60),
        _grown(before, after, "throttled") / max(1, _grown(before, after, "requests")),
    )


def _grown(before: dict[str, Any], after: dict[str, Any], what: str) -> float:
    return float(after[what] - before[what])
