"""How long a file spends where. Whoever works on a file opens `timed`; what is done for it names its
stages, in whatever room that is.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from libs.telemetry.catalogue import FILE_DURATION
from libs.telemetry.tracing import span

_seconds: ContextVar[dict[str, float] | None] = ContextVar("stages", default=None)


@contextmanager
def timed() -> Iterator[None]:
    """Record the stages of one file when the block ends, each once: a document in parts has many of one."""
    seconds: dict[str, float] = {}
    token = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(token)
        for name, spent in seconds.items():
            FILE_DURATION.record(spent, name)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """One of `catalogue.STAGES`. A span as well, where the file is traced."""
    seconds = _seconds.get()
    if seconds is None:
        yield
        return
    began = time.monotonic()
    try:
        with span(name):
            yield
    finally:
        seconds[name] = seconds.get(name, 0.0) + time.monotonic() - began
