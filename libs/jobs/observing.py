"""What the flows tell of files: how they ended, how long their stages took, and whose trace they are in."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from libs.common.ledger.records import FileStatus
from libs.jobs.endings import Ended, Ending, TryLater
from libs.jobs.messages import FileTask
from libs.telemetry.catalogue import FILE_DURATION, FILES
from libs.telemetry.stages import timed
from libs.telemetry.tracing import entered, failed
from libs.translation.documents import format_of

#: Over which the rate of files is taken (seconds).
_WINDOW = 60.0


class Rate:
    """Files that ended in the last minute, a second."""

    def __init__(self) -> None:
        self._ends: deque[float] = deque()

    def count(self) -> None:
        self._ends.append(time.monotonic())
        self._forget()

    def a_second(self) -> float:
        self._forget()
        return len(self._ends) / _WINDOW

    def _forget(self) -> None:
        begin = time.monotonic() - _WINDOW
        while self._ends and self._ends[0] < begin:
            self._ends.popleft()


#: Of this process.
files_rate = Rate()


@contextmanager
def file_at_work(task: FileTask, waited: float | None) -> Iterator[None]:
    """One delivery of a file: a span of its job's trace, its stages timed. ``waited``: seconds its message
    was in the queue; None where that says nothing (it was handed back, or there is no queue).
    """
    if waited is not None and not (task.releases or task.again):
        FILE_DURATION.record(waited, "queue_wait")
    told: dict[str, str | int] = {"job_id": task.job_id, "language": task.language, "size": task.size}
    with entered("file", task.traceparent, attributes=told), timed():
        yield


def mark(ending: Ending) -> None:
    """The file's span says what it failed of, for that is no error that leaves it."""
    match ending:
        case Ended(end) if end.status is FileStatus.FAILED:
            failed(end.error_code or "")
        case TryLater(reason=reason):
            failed(reason)
        case _:
            pass


def count_file(name: str, outcome: FileStatus) -> None:
    """A file task ended, and was counted in the ledger."""
    form = format_of(name)
    FILES.add(1, outcome, "none" if form is None else form.name)
    if outcome is not FileStatus.SKIPPED:
        files_rate.count()
