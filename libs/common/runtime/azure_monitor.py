"""Azure Monitor (Application Insights): imported only where its connection string is set."""

import os

from pydantic import SecretStr

# The exporter would tell Microsoft of its own use, and fetch settings from hosts that nobody named. It knows
# no other way to be told than these variables, read when it is imported.
for _variable in (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
):
    os.environ.setdefault(_variable, "true")

from azure.monitor.opentelemetry.exporter import (  # noqa: E402 - see above
    AzureMonitorMetricExporter,
    AzureMonitorTraceExporter,
)
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: E402
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: E402

from libs.common.errors import ConfigurationFault  # noqa: E402

#: Azure Monitor shows metrics by the minute.
_EVERY_MS = 60_000
#: Spans that wait to be sent; what comes on top is dropped, and the work they tell of is not held up.
_MOST_SPANS, _SPANS_AT_ONCE, _SPANS_EVERY_MS = 4096, 512, 5000
#: What is not taken is lost: nothing is kept on a disk that a container may not write, and nothing is
#: tried for long.
_OPTIONS = {"disable_offline_storage": True, "retry_total": 1, "timeout": 5.0}


def exporters(connection: SecretStr) -> tuple[PeriodicExportingMetricReader, BatchSpanProcessor]:
    """What sends metrics and spans, each in a thread of its own."""
    options = {"connection_string": connection.get_secret_value(), **_OPTIONS}
    try:
        metrics, spans = AzureMonitorMetricExporter(**options), AzureMonitorTraceExporter(**options)
    except ValueError:
        raise ConfigurationFault(
            "APPLICATIONINSIGHTS_CONNECTION_STRING is not one: the portal shows it on the resource's overview"
        ) from None
    reader = PeriodicExportingMetricReader(metrics, export_interval_millis=_EVERY_MS)
    processor = BatchSpanProcessor(
        spans,
        max_queue_size=_MOST_SPANS,
        max_export_batch_size=_SPANS_AT_ONCE,
        schedule_delay_millis=_SPANS_EVERY_MS,
    )
    return reader, processor
