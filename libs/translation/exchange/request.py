"""One request to an engine, measured and traced: how it ended, and for whom it was."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from libs.telemetry.catalogue import ENGINE_REQUESTS
from libs.telemetry.tracing import Span, shared_span
from libs.translation.errors import EngineBlocked, EngineThrottled, PermanentFault


@contextmanager
def request_to(engine: str, callers: Iterable[Span]) -> Iterator[None]:
    """``callers``: the files that share the request; it is a part of the trace of one, and known to all."""
    began, result = time.monotonic(), "ok"
    try:
        with shared_span(f"engine: {engine}", callers):
            yield
    except BaseException as error:
        result = _result_of(error)
        raise
    finally:
        ENGINE_REQUESTS.record(time.monotonic() - began, engine, result)


def _result_of(error: BaseException) -> str:
    match error:
        case EngineThrottled():
            return "throttled"
        case EngineBlocked():
            return "blocked"
        case PermanentFault():
            return "rejected"
        case asyncio.CancelledError():
            return "cancelled"
        case _:
            return "unavailable"
