"""Which processes still count for a job, and which are gone: what one dispatcher knows from its looks.

A counter row that stands still for long belongs to a process that is gone, or to one that is paused or slow.
The first is the usual case, and to fold the row of the others costs them a refused commit and three reads.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from libs.common.ledger.files import Files
from libs.common.ledger.jobs import Jobs
from libs.common.ledger.records import Progress
from libs.jobs.standing import Standing

#: Jobs that are kept in mind. One that is forgotten is seen as new, so its rows are folded later.
_MOST_JOBS = 256
#: Fewer counter rows than these are not worth a fold, nor the memory to follow them.
_FEWEST_ROWS = 10
#: From so many counter rows on, workers are told what a dispatcher saw, so that they need not read the rows.
LARGE = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Roll:
    """``gone`` are the versions of the rows that stood still for too long, by key; ``living`` counts the
    others. ``is_large``: the job has, or had, many counter rows.
    """

    gone: Mapping[str, str]
    living: int
    is_large: bool


@dataclass(slots=True)
class _Job:
    standing: Standing = field(default_factory=Standing)
    looked_at: float = float("-inf")
    was_large: bool = False


class RollCall:
    """The looks of one dispatcher. A row that stood still for ``gone_seconds`` is of a process that is
    gone.
    """

    def __init__(self, gone_seconds: float = float("inf")) -> None:
        self._gone_seconds = gone_seconds
        self._jobs: dict[str, _Job] = {}

    def is_due(self, job_id: str, seconds: float) -> bool:
        """Whether the last look at the job is that long ago."""
        job = self._jobs.get(job_id)
        return job is None or time.monotonic() - job.looked_at >= seconds

    def look(self, job_id: str, counters: Mapping[str, str]) -> Roll:
        """Take note of the counter rows' versions as they are now."""
        job = self._jobs.pop(job_id, None) or _Job()
        self._jobs[job_id] = job
        if len(self._jobs) > _MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]
        job.looked_at = time.monotonic()
        job.was_large |= len(counters) >= LARGE
        if len(counters) < _FEWEST_ROWS:
            return Roll({}, len(counters), job.was_large)
        stood = job.standing.look(counters)
        gone = {key: counters[key] for key, seconds in stood.items() if seconds >= self._gone_seconds}
        return Roll(gone, len(counters) - len(gone), job.was_large)


async def call_roll(
    roll_call: RollCall, jobs: Jobs, files: Files, job_id: str, progress: Progress, *, pending: int | None
) -> None:
    """Tell the workers of a large job how many they are and what is ``pending`` (None: the listing goes on),
    and fold the counter rows of processes that are gone.
    """
    roll = roll_call.look(job_id, progress.counters)
    if roll.is_large:
        await jobs.sights.write(job_id, roll.living, len(progress.counters), pending)
    if roll.gone:
        folded = await files.counters.fold(job_id, roll.gone)
        _log.info("counter rows folded", job_id=job_id, rows=folded, living=roll.living)
