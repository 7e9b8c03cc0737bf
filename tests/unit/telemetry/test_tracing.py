"""A trace goes from hand to hand in one line of text, and costs nothing where nobody wants it."""

from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from libs.telemetry import tracing

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{CALLER}-01", f"00-{TRACE}-{CALLER}-00"
Recorded = Callable[[], list[ReadableSpan]]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """What was recorded so far. By itself no trace is sampled: a caller has to ask for it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(ParentBased(TraceIdRatioBased(0)))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    return lambda: list(exporter.get_finished_spans())


def test_a_trace_goes_on_from_message_to_message(recorded: Recorded) -> None:
    with tracing.entered("post", SAMPLED):
        message = tracing.traceparent()
    with tracing.entered("file", message), tracing.span("parse"):
        pass
    post, parse, file = recorded()
    assert {f"{span.context.trace_id:032x}" for span in (post, parse, file)} == {TRACE}
    assert post.parent is not None
    assert f"{post.parent.span_id:016x}" == CALLER
    assert file.parent is not None
    assert file.parent.span_id == post.context.span_id
    assert parse.parent is not None
    assert parse.parent.span_id == file.context.span_id


def test_an_unsampled_trace_is_not_recorded_and_keeps_its_id_for_the_logs(recorded: Recorded) -> None:
    with tracing.entered("post", UNSAMPLED), tracing.span("parse"):
        ids = tracing.ids()
        assert tracing.traceparent().endswith("-00")
    assert ids is not None
    assert ids[0] == TRACE
    assert recorded() == []


def test_work_can_be_sent_on_in_a_trace_without_being_recorded(recorded: Recorded) -> None:
    with tracing.entered("turn", SAMPLED):
        message = tracing.traceparent(sampled=False)
    with tracing.entered("file", message), tracing.span("parse"):
        pass
    assert message.split("-")[1] == TRACE
    assert [span.name for span in recorded()] == ["turn"]


@pytest.mark.parametrize(
    "unreadable",
    ["", "garbage", f"00-{'0' * 32}-{CALLER}-01", f"ff-{TRACE}-{CALLER}-01", SAMPLED.upper(), "0" * 70_000],
    ids=["none", "garbage", "no trace", "no version", "upper case", "endless"],
)
@pytest.mark.usefixtures("recorded")
def test_what_is_no_trace_context_begins_a_trace_of_its_own(unreadable: str) -> None:
    with tracing.entered("post", unreadable):
        ids = tracing.ids()
    assert ids is not None
    assert ids[0] not in {TRACE, "0" * 32}


def test_a_request_of_several_files_is_in_one_trace_and_linked_to_the_others(recorded: Recorded) -> None:
    with (
        tracing.entered("file", UNSAMPLED) as unrecorded,
        tracing.entered("file", SAMPLED) as first,
        tracing.entered("file", SAMPLED) as second,
    ):
        with tracing.shared_span("engine", [unrecorded]):
            pass
        assert recorded() == []
        with tracing.shared_span("engine", [unrecorded, first, second]):
            pass
    request = recorded()[0]
    assert request.parent is not None
    assert request.parent.span_id == first.get_span_context().span_id
    assert [link.context.span_id for link in request.links] == [second.get_span_context().span_id]


def test_an_error_marks_the_span_it_leaves(recorded: Recorded) -> None:
    with tracing.entered("file", SAMPLED), pytest.raises(ValueError, match="broken"), tracing.span("parse"):
        raise ValueError("broken")
    parse, file = recorded()
    assert (parse.status.is_ok, file.status.is_ok) == (False, True)
    assert parse.events == ()
