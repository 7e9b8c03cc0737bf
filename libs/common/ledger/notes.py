"""What the processes that work on a job say of the engine, in their own counter rows, and what it comes to.

A note has one writer, as its row has. It is no movement of the job: `updated_at` of a row is of outcomes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from libs.common.clock import utc_now
from libs.common.ledger.records import Note, Trouble
from libs.common.ledger.rows import note_of

#: A note that says nothing new is written again after this time (seconds), to show that it still holds.
_AGAIN_SECONDS = 30.0
#: Two ends of a pause that are closer than this (seconds) are one.
_SAME_PAUSE_SECONDS = 2.0

NO_NOTE = Note()


def said(before: Note, news: Note) -> Note | None:
    """The note to write when ``news`` come up; None: the one that is written says it all.

    ``blocked_since`` stays as long as the process has seen nothing succeed.
    """
    after = before
    if news.blocked_reason is not None and (
        news.blocked_reason != before.blocked_reason or _age(before.blocked_at) > _AGAIN_SECONDS
    ):
        now = utc_now()
        after = replace(
            after,
            blocked_reason=news.blocked_reason,
            blocked_since=before.blocked_since or now,
            blocked_at=now,
        )
    if news.throttled_until is not None and _apart(before.throttled_until, news.throttled_until):
        after = replace(after, throttled_until=news.throttled_until)
    if news.answered_at is not None and _age(before.answered_at) > _AGAIN_SECONDS:
        after = replace(after, answered_at=news.answered_at)
    return None if after == before else after


def trouble_of(counters: Sequence[Mapping[str, Any]]) -> Trouble | None:
    """What the notes of all counter rows come to; None where the engine is at work.

    A job is blocked if some process was refused *after* the last file that succeeded in any process, and the
    last answer that any has had; it is so from the first refusal after these.
    """
    notes = [note_of(row) for row in counters]
    throttled = max((note.throttled_until or "" for note in notes), default="")
    lived = _lived(counters)
    refused = [note for note in notes if (note.blocked_at or "") > lived]
    if not refused:
        return Trouble(throttled_until=throttled) if throttled > utc_now() else None
    last = max(refused, key=lambda note: note.blocked_at or "")
    return Trouble(
        blocked_reason=last.blocked_reason,
        blocked_since=max(lived, min(note.blocked_since or "" for note in refused)),
        blocked_at=last.blocked_at or "",
        throttled_until=throttled if throttled > utc_now() else "",
    )


def folded_note(parts: Sequence[Mapping[str, Any]], every: Sequence[Mapping[str, Any]]) -> Note:
    """One note that comes to the same as those of ``parts``; ``every``: all counter rows of the job.

    A refusal before the last sign of life says nothing any more, now or later, so it is left out.
    """
    lived, notes = _lived(every), [note_of(row) for row in parts]
    refused = [note for note in notes if (note.blocked_at or "") > lived]
    last = max(refused, key=lambda note: note.blocked_at or "", default=NO_NOTE)
    return Note(
        blocked_reason=last.blocked_reason,
        blocked_since=min((note.blocked_since or "" for note in refused), default=None),
        blocked_at=last.blocked_at,
        throttled_until=max(note.throttled_until or "" for note in notes) or None,
        answered_at=max(note.answered_at or "" for note in notes) or None,
    )


def _lived(counters: Sequence[Mapping[str, Any]]) -> str:
    """When something last succeeded, or the engine was last at work, in any process."""
    moments = (row.get(name, "") for row in counters for name in ("succeeded_at", "answered_at"))
    return max(moments, default="")


def _age(moment: str | None) -> float:
    """Seconds since then; a moment that never was is infinitely old."""
    if moment is None:
        return float("inf")
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def _apart(one: str | None, other: str) -> bool:
    if one is None:
        return True
    distance = datetime.fromisoformat(other) - datetime.fromisoformat(one)
    return abs(distance.total_seconds()) > _SAME_PAUSE_SECONDS
