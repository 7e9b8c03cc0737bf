"""Spans, and the trace context that travels in messages and headers (W3C Trace Context).

A trace begins or goes on with `entered`; inside of it `span` adds to a trace that is sampled, and costs
next to nothing in any other.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = [
    "Span",
    "SpanKind",
    "current_span",
    "entered",
    "failed",
    "ids",
    "shared_span",
    "span",
    "traceparent",
]

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("batch-translation")
Attributes = dict[str, str | int]


def traceparent(*, sampled: bool = True) -> str:
    """The trace context of now, as it is sent on; empty outside of any trace. ``sampled`` False: what is done
    with it bears the trace's id in its logs, but is not recorded.
    """
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return ""
    flags = context.trace_flags & TraceFlags.SAMPLED if sampled else 0
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"


@contextmanager
def entered(
    name: str, came_with: str, kind: SpanKind = SpanKind.CONSUMER, attributes: Attributes | None = None
) -> Iterator[Span]:
    """A span that goes on with the trace context that came with a message or request; one that is missing or
    unreadable begins a trace.
    """
    parent = _propagator.extract({"traceparent": came_with} if came_with else {}, Context())
    with _tracer.start_as_current_span(name, parent, kind, attributes, record_exception=False) as opened:
        yield opened


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[None]:
    """A part of what is done now, if that is recorded. An error that leaves the block marks it."""
    if not _is_sampled(trace.get_current_span()):
        yield
        return
    with _tracer.start_as_current_span(name, kind=kind, record_exception=False):
        yield


@contextmanager
def shared_span(name: str, callers: Iterable[Span]) -> Iterator[None]:
    """What is done for several at once: a part of the first that is recorded, with links to the others."""
    recorded = [caller for caller in callers if _is_sampled(caller)]
    if not recorded:
        yield
        return
    first, *others = recorded
    links = [Link(caller.get_span_context()) for caller in others]
    within = trace.set_span_in_context(first)
    with _tracer.start_as_current_span(name, within, SpanKind.CLIENT, links=links, record_exception=False):
        yield


def _is_sampled(one: Span) -> bool:
    """Also of a span that has ended: what was begun in it may end later, as a file's commit does."""
    return one.get_span_context().trace_flags.sampled


def current_span() -> Span:
    return trace.get_current_span()


def failed(said: str) -> None:
    """Mark what is done now as failed, where that is no error that leaves its block."""
    current = trace.get_current_span()
    if current.is_recording():
        current.set_status(Status(StatusCode.ERROR, said))


def ids() -> tuple[str, str] | None:
    """The ids of trace and span, for a line of the log."""
    context = trace.get_current_span().get_span_context()
    return (f"{context.trace_id:032x}", f"{context.span_id:016x}") if context.is_valid else None
