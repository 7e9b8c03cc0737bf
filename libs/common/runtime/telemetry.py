"""What is measured and traced, made readable: Prometheus' text at ``/metrics``, and Azure Monitor where a
connection string is set. Instruments and spans are `libs.telemetry`'s.

OpenTelemetry keeps its providers for the whole process, and so does this module: `open_telemetry` is called
once in it. Its settings are ours alone, none of its own environment variables is followed.
"""

import asyncio
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib.metadata import PackageNotFoundError, version

import structlog
from aiohttp import web
from opentelemetry import metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from libs.common.runtime.lag import watch_lag
from libs.common.settings import ServiceSettings
from libs.telemetry.catalogue import RARE

#: A stopping process gives Azure Monitor so long to take what is left (seconds).
_FLUSH_SECONDS = 3.0

#: What `/metrics` shows; empty until telemetry is opened.
_registry = CollectorRegistry()
_log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_telemetry(settings: ServiceSettings, service: str) -> AsyncIterator[None]:
    """Measure and trace while the block runs; what is left then is handed over, within a few seconds."""
    readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False, registry=_registry)]
    processors: list[SpanProcessor] = []
    if settings.applicationinsights_connection_string is not None:
        from libs.common.runtime.azure_monitor import exporters  # noqa: PLC0415 - slow, and seldom wanted

        reader, processor = exporters(settings.applicationinsights_connection_string)
        readers.append(reader)
        processors.append(processor)
    meters, tracers = _providers(settings, service, readers, processors)
    metrics.set_meter_provider(meters)
    trace.set_tracer_provider(tracers)
    for counter in RARE:
        counter.begin()
    lag = asyncio.create_task(watch_lag(), name="loop lag")
    try:
        yield
    finally:
        lag.cancel()
        await asyncio.gather(lag, return_exceptions=True)
        # Spans first: the flush of the meters is the longer one.
        await _within(_FLUSH_SECONDS, tracers.shutdown, lambda: meters.shutdown(_FLUSH_SECONDS * 1000))


def metrics_route() -> web.RouteDef:
    """``/metrics``, in Prometheus' text format."""

    async def show(_request: web.Request) -> web.Response:
        # On the loop, where what gauges read belongs; a few milliseconds for some hundred series.
        return web.Response(
            body=generate_latest(_registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )

    return web.get("/metrics", show)


def _providers(
    settings: ServiceSettings, service: str, readers: list[MetricReader], processors: list[SpanProcessor]
) -> tuple[MeterProvider, TracerProvider]:
    resource = Resource(
        {
            "service.name": f"batch-translation-{service}",
            "service.version": _version(),
            "service.instance.id": f"{socket.gethostname()[:60]}-{secrets.token_hex(4)}",
        }
    )
    # Where nobody takes spans none is recorded, unless a caller's header asks for it; ids are in logs anyway.
    ratio = settings.trace_sample_ratio if processors else 0.0
    tracers = TracerProvider(ParentBased(TraceIdRatioBased(ratio)), resource, shutdown_on_exit=False)
    for processor in processors:
        tracers.add_span_processor(processor)
    meters = MeterProvider(
        readers, resource, exemplar_filter=AlwaysOffExemplarFilter(), shutdown_on_exit=False
    )
    return meters, tracers


def _version() -> str:
    try:
        return version("batch-translation")
    except PackageNotFoundError:  # the image has the code and no package of it
        return "unknown"


async def _within(seconds: float, *steps: Callable[[], None]) -> None:
    """Take the steps in a thread of their own, which is left behind when it takes too long: the libraries'
    own bounds are longer than a stopping process has, and asyncio's threads would be waited for.
    """
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def take() -> None:
        try:
            for step in steps:
                step()
        except Exception:  # noqa: BLE001 - nothing depends on it any more
            _log.warning("telemetry was not handed over", exc_info=True)
        with suppress(RuntimeError):  # the loop has not waited for us, and is closed
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=take, name="telemetry", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            await done.wait()
    except TimeoutError:
        _log.warning("telemetry was not handed over in time", seconds=seconds)
