"""Why a job gets nowhere: a line when it begins, not one for every look."""

import time
from collections.abc import Callable, Iterator

from libs.client.cli.terminal import Terminal
from libs.client.cli.words import clock, plain
from libs.client.records import Job
from libs.client.watching import Sight

#: A job that nobody has taken up for so long (seconds) deserves a word.
_LONG_QUEUED = 30.0
#: Of a moment as the API writes it, what comes before the seconds: a wait that grows is told once a minute.
_MINUTE = len("2026-01-01T00:00")


def state(job: Job) -> str:
    """In a few words, for a bar: its status, or what keeps it from going on."""
    if job.blocked_reason:
        return "blocked"
    return f"throttled until {clock(job.throttled_until)}" if job.throttled_until else plain(job.status)


def tell_standstill(terminal: Terminal) -> Callable[[Sight], None]:
    """What is called with every sight, and tells each reason once for as long as it lasts."""
    told: set[str] = set()
    queued_since = time.monotonic()

    def show(sight: Sight) -> None:
        nonlocal queued_since
        if sight.job.status != "queued":
            queued_since = time.monotonic()
        if sight.lost is not None:
            return
        long_queued = time.monotonic() - queued_since > _LONG_QUEUED
        # A bar shows how long the engine is left alone, and keeps showing it.
        reasons = dict(_reasons(sight.job, long_queued=long_queued, on_a_bar=terminal.err.is_terminal))
        for reason, line in reasons.items():
            if reason not in told:
                terminal.note(line)
        # Workers may be refused for different reasons, in turn: that is still one standstill.
        told.update(reasons)
        if not reasons:
            told.clear()

    return show


def _reasons(job: Job, *, long_queued: bool, on_a_bar: bool) -> Iterator[tuple[str, str]]:
    """Each with what makes it another one."""
    if job.blocked_reason:
        yield "blocked" + job.blocked_reason, f"blocked: the engine refuses: {plain(job.blocked_reason)}"
    if job.throttled_until and not on_a_bar:
        yield job.throttled_until[:_MINUTE], f"throttled until {clock(job.throttled_until)}"
    if long_queued:
        line = f"queued for longer than {_LONG_QUEUED:.0f} s: are a dispatcher and a worker running?"
        yield "queued", f"{line} See: batch-translate status"
