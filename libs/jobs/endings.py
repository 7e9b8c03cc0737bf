"""How one delivery of a file task can end. A closed set: `libs.jobs.settle` knows what each asks for.

Here alone is decided which error is retried, and what spends an attempt.
"""

import random
from dataclasses import dataclass

from libs.common.errors import (
    AppError,
    BudgetExhausted,
    FileUnavailable,
    LeaseLost,
    NotFound,
    StorageForbidden,
    StorageRejected,
    StorageUnavailable,
    TooSlow,
)
from libs.common.ledger.records import FileEnd, FileStatus
from libs.jobs.messages import FileTask
from libs.translation.errors import (
    DocumentLost,
    EngineBlocked,
    EngineThrottled,
    EngineUnavailable,
    NoProcess,
    PermanentFault,
)

#: Backoff: full jitter below ``5 * 2^attempts`` seconds, never above ten minutes.
_BACKOFF_BASE, _BACKOFF_CAP = 5.0, 600.0
#: While storage is away the message comes back soon: no attempt is at stake.
_STORAGE_PAUSE = 5.0
#: While storage answers everything but what one file needs: deliveries in a row until the file is given up,
#: and the longest pause between two (seconds). The pauses double from `_STORAGE_PAUSE`, so the last is 20
#: minutes after the first: longer than storage takes to move a partition.
_MOST_TROUBLES, _LONGEST_TROUBLE = 10, 300.0
#: Where a machine has no room for a process (seconds); another worker may have some.
_ROOM_PAUSE = 10.0
#: Credentials or a spent quota are a person's work; but another process may have better ones.
_BLOCKED_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Ended:
    """The file task is over; its end goes to the ledger."""

    end: FileEnd


@dataclass(frozen=True, slots=True)
class TryLater:
    """The message goes back, visible after ``delay`` seconds. ``trouble``: storage answers, but not for this
    file, which counts up to a bound.
    """

    reason: str
    delay: float
    attempt_spent: bool
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """The row is not the version this message speaks of: it ended, was sent again, or is gone."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The lease was lost: the message is somebody else's, there is nothing for us to settle."""


Ending = Ended | TryLater | Stale | Abandoned


def failed(task: FileTask, code: str, error: str, *, attempts: int | None = None) -> Ended:
    """The task failed for good."""
    return Ended(
        FileEnd(
            language=task.language,
            name=task.name,
            tag=task.tag,
            status=FileStatus.FAILED,
            attempts=task.attempts + 1 if attempts is None else attempts,
            error_code=code,
            error=error,
        )
    )


def skipped(task: FileTask, code: str, reason: str) -> Ended:
    """There is nothing to translate."""
    return Ended(
        FileEnd(
            language=task.language,
            name=task.name,
            tag=task.tag,
            status=FileStatus.SKIPPED,
            attempts=task.attempts,
            error_code=code,
            error=reason,
        )
    )


def cancelled(task: FileTask) -> Ended:
    return Ended(
        FileEnd(
            language=task.language,
            name=task.name,
            tag=task.tag,
            status=FileStatus.CANCELLED,
            attempts=task.attempts,
        )
    )


def ending_of(  # noqa: C901, PLR0911, PLR0912 - a table, one line a kind of error
    error: Exception, task: FileTask, max_attempts: int
) -> Ending:
    """What an error asks for."""
    match error:
        case LeaseLost():
            return Abandoned()
        case PermanentFault(code=code):
            return failed(task, code, str(error))
        case BudgetExhausted():
            return failed(task, "budget_exhausted", str(error))
        case NotFound():
            return failed(task, "source_not_found", "the source file is no longer there")
        case StorageRejected():
            return failed(task, "storage_rejected", str(error))
        case EngineThrottled(wait=wait):
            return TryLater(f"throttled: {error}", wait, attempt_spent=False)
        case EngineBlocked():
            return TryLater(f"engine blocked: {error}", _BLOCKED_PAUSE, attempt_spent=False)
        case NoProcess():
            return TryLater(str(error), _ROOM_PAUSE, attempt_spent=False)
        case DocumentLost(code=code):
            return _again(task, code, str(error), max_attempts)
        case StorageForbidden():
            return _again(task, "storage_forbidden", str(error), max_attempts)
        case StorageUnavailable():
            return TryLater(str(error), _STORAGE_PAUSE, attempt_spent=False)
        case FileUnavailable():
            return _troubled(task, str(error))
        case EngineUnavailable():
            return _again(task, "engine_unavailable", str(error), max_attempts)
        case TooSlow():
            return _again(task, "too_slow", str(error), max_attempts)
        case AppError():
            return _again(task, "storage_conflict", str(error), max_attempts)
        case _:
            return _again(task, "internal_error", f"{type(error).__name__}: {error}", max_attempts)


def _troubled(task: FileTask, error: str) -> Ending:
    if task.troubles + 1 >= _MOST_TROUBLES:
        said = f"storage answers, but not for this file, {_MOST_TROUBLES} times in a row: {error}"
        return failed(task, "file_unavailable", said)
    pause = min(_STORAGE_PAUSE * 2**task.troubles, _LONGEST_TROUBLE)
    return TryLater(f"file_unavailable: {error}", pause, attempt_spent=False, trouble=True)


def _again(task: FileTask, code: str, error: str, max_attempts: int) -> Ending:
    spent = task.attempts + 1
    if spent >= max_attempts:
        return failed(task, code, f"given up after {spent} attempts: {error}", attempts=spent)
    bound = min(_BACKOFF_BASE * 2**task.attempts, _BACKOFF_CAP)
    return TryLater(f"{code}: {error}", random.uniform(0, bound), attempt_spent=True)  # noqa: S311 - jitter
