"""What the engines' state means for the jobs at hand: it is noted in the ledger, where everybody sees it."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

from libs.common.clock import rfc3339, utc_now
from libs.common.ledger.commits import Commits
from libs.common.ledger.records import Note
from libs.translation.exchange import EngineState

#: How often a process says of the files it has in hand that their engine is at work (seconds). Files may take
#: long, and other processes be refused meanwhile: the job is not blocked then.
_AT_WORK_SECONDS = 120.0


class Notes:
    """Of one process. Make one with `open_notes`."""

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self._in_hand: dict[str, Counter[str]] = {}
        self._blocked: set[str] = set()

    @contextmanager
    def at_work(self, engine: str, job_id: str) -> Iterator[None]:
        """A file of the job is with the engine while the block runs."""
        jobs = self._in_hand.setdefault(engine, Counter())
        jobs[job_id] += 1
        try:
            yield
        finally:
            jobs[job_id] -= 1
            if not jobs[job_id]:
                del jobs[job_id]

    def changed(self, engine: str, state: EngineState) -> None:
        """The engine holds up all its files, or no longer does."""
        if state.blocked_reason is None:
            self._blocked.discard(engine)
        else:
            self._blocked.add(engine)
        until = state.throttled_until
        wait = None if until is None else until - time.monotonic()
        for job_id in self._in_hand.get(engine, ()):
            self.refused(job_id, reason=state.blocked_reason, wait=wait)

    def refused(self, job_id: str, *, reason: str | None = None, wait: float | None = None) -> None:
        """The engine refused a file of the job: for a ``reason``, or for ``wait`` seconds."""
        until = None if wait is None else rfc3339(datetime.now(UTC) + timedelta(seconds=wait))
        if reason is not None or until is not None:
            self._commits.note(job_id, Note(blocked_reason=reason, throttled_until=until))

    async def keep_telling(self) -> None:
        """Say of the jobs in hand, again and again, that their engine is at work; unless it refuses us."""
        while True:
            await asyncio.sleep(_AT_WORK_SECONDS)
            for engine, jobs in self._in_hand.items():
                for job_id in () if engine in self._blocked else jobs:
                    self._commits.note(job_id, Note(answered_at=utc_now()))


@asynccontextmanager
async def open_notes(commits: Commits) -> AsyncIterator[Notes]:
    """Notes that are kept up while the block runs."""
    notes = Notes(commits)
    telling = asyncio.create_task(notes.keep_telling(), name="notes")
    try:
        yield notes
    finally:
        telling.cancel()
        await asyncio.wait([telling])
