"""What the code under test measured, in the process of the tests."""

from functools import cache

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint

from libs.telemetry.instruments import Instrument


@cache
def _reader() -> InMemoryMetricReader:
    """OpenTelemetry has one provider a process, and it is never replaced."""
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    return reader


def figures(instrument: Instrument) -> dict[tuple[str, ...], float]:
    """An instrument's values by those of its labels; of a histogram the number of records."""
    told = _reader().get_metrics_data()
    found: dict[tuple[str, ...], float] = {}
    for resource in told.resource_metrics if told is not None else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points if metric.name == instrument.name else ():
                    key = tuple(str((point.attributes or {})[label.name]) for label in instrument.labels)
                    found[key] = point.value if isinstance(point, NumberDataPoint) else point.count
    return found
