"""How soon a job is as fast as before, once storage is back: real processes, both speeds of one run."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from libs.common.deployment import Deployment
from tests.faults.checker import Report
from tests.faults.outages import WHOLE
from tests.faults.plan import Fault
from tests.faults.processes import checked, posted, progressed, under_test
from tests.faults.running import texts

#: The engine's pauses set the speed, so that it is the same on any machine: 8 files/s.
_SETTINGS = {"PSEUDO_DELAY_MS": "1000", "MAX_CONCURRENT_FILES": "4", "LOG_LEVEL": "WARNING"}
_WORKERS, _FILES = 2, 400
#: Files done before the first measurement, and how long each measurement takes (seconds).
_WARM, _WINDOW = 16, 5.0
#: Speed is counted as regained from this part of the one before.
REGAINED = 0.9
_LOOK_EVERY = 0.1


@dataclass
class Pace:
    """Files ended, look by look, with the monotonic time of each look."""

    times: list[float] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def speed(self, start: float, seconds: float) -> float:
        """Files a second from ``start`` on."""
        return (self._at(start + seconds) - self._at(start)) / seconds

    def _at(self, moment: float) -> int:
        place = bisect_right(self.times, moment)
        return self.ended[place - 1] if place else 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """Speeds in files a second. ``after`` is the best there was in the time of grace, ``regained`` when the
    first window began that had 90 % of ``before``, in seconds behind the outage; None: none had.
    """

    seconds: float
    refused: int
    before: float
    after: float
    regained: float | None
    report: Report

    @property
    def ratio(self) -> float:
        return self.after / self.before

    def __str__(self) -> str:
        when = "never" if self.regained is None else f"{self.regained:.1f} s after"
        return (
            f"storage away for {self.seconds:g} s: {self.refused} requests refused, {self.before:.1f} "
            f"files/s before, {self.after:.1f} then ({self.ratio:.0%}), {REGAINED:.0%} of it {when}; "
            f"{self.report}"
        )


async def run_recovery(seconds: float, grace: float) -> Recovery:
    """A job in the middle of which all of storage is away; speeds before, and within ``grace`` after it."""
    sources = texts(_FILES)
    async with under_test(_WORKERS, _SETTINGS, through=True) as (running, watched, between):
        job_id = await posted(running, sources)
        async with _followed(running.deployment, job_id) as pace:
            await progressed(running, job_id, _WARM)
            began = time.monotonic()
            await asyncio.sleep(_WINDOW)  # a measurement takes its time
            before = pace.speed(began, _WINDOW)
            between.down = set(WHOLE)
            await asyncio.sleep(seconds)  # the fault itself: how long it lasts is what is tested
            between.down = set()
            back, regained, after = time.monotonic(), None, 0.0
            while regained is None and time.monotonic() < back + grace:
                await asyncio.sleep(_LOOK_EVERY)
                since = time.monotonic() - _WINDOW
                if since < back:
                    continue
                after = max(after, pace.speed(since, _WINDOW))
                regained = since - back if after >= REGAINED * before else None
        await running.cancel(job_id)  # all there was to measure is measured
        report = await checked(running, watched, job_id, sources)
        return Recovery(seconds, between.faults[Fault.DOWN], before, after, regained, report)


@asynccontextmanager
async def _followed(seen: Deployment, job_id: str) -> AsyncIterator[Pace]:
    """Looks past the proxy, all the while the block runs."""
    pace = Pace()

    async def look() -> None:
        while True:
            ended = (await seen.files.progress(job_id)).counts.ended
            pace.times.append(time.monotonic())
            pace.ended.append(ended)
            await asyncio.sleep(_LOOK_EVERY)

    looking = asyncio.create_task(look())
    try:
        yield pace
    finally:
        looking.cancel()
        await asyncio.wait({looking})
