"""When an engine that refuses a job's files is told of, and when it ends the job.

One process may be refused for its own reasons (an old key): so long as a file succeeds anywhere, or the
engine is at work for one, the job is not blocked.
"""

from dataclasses import replace
from datetime import UTC, datetime

from libs.common.ledger.records import JobRow, Progress, Trouble

#: A refusal says something of now for this long (seconds): each worker that is refused repeats it within a
#: minute or so, and one that is gone does not.
_FRESH_SECONDS = 300.0


def trouble_now(job: JobRow, progress: Progress) -> Trouble | None:
    """What holds the job up at this moment. What was noted before it was last opened does not count."""
    trouble = progress.trouble
    if trouble is None or job.status.ended:
        return None
    if trouble.blocked_reason is None or _age(trouble.blocked_at) <= _FRESH_SECONDS:
        since = max(trouble.blocked_since, job.updated_at) if trouble.blocked_at > job.updated_at else ""
        reason = trouble.blocked_reason if since else None
    else:
        since, reason = "", None
    return replace(trouble, blocked_reason=reason, blocked_since=since)


def blockade(job: JobRow, progress: Progress, seconds: float) -> str | None:
    """Why the job has to be given up: every file of it was refused for so long. None: go on."""
    trouble = trouble_now(job, progress)
    if trouble is None or trouble.blocked_reason is None or _age(trouble.blocked_since) < seconds:
        return None
    since = trouble.blocked_since
    return f"{job.engine} has refused all files since {since}: {trouble.blocked_reason}"


def _age(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
