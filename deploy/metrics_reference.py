"""docs/metrics.md from the catalogue of instruments: python -m deploy.metrics_reference [--check]."""

import sys
from pathlib import Path

from libs.telemetry.catalogue import INSTRUMENTS
from libs.telemetry.instruments import MOST_VALUES, OTHER, Counter, Histogram, Instrument

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"
_HEAD = f"""# Metrics

Written by `python -m deploy.metrics_reference` from `libs/telemetry/catalogue.py`.

Everything is measured once, through OpenTelemetry, and read twice:

- **Prometheus** reads `/metrics` of each service: of the API at its own port, with a key that may read
  where it has keys; of dispatcher and worker at `HEALTH_PORT`, which belongs to the cluster's inside.
  `deploy/observability/` has a configuration, alerts and a dashboard; [operations.md](operations.md) says
  what to do about each alert.
- **Azure Monitor** is sent the same every minute when `APPLICATIONINSIGHTS_CONNECTION_STRING` is set, under
  the names in the column *instrument*. Nothing else is sent, and to nobody else: the exporter's own reports
  are off.

A process measures what it does itself: add up over processes. Queues and open jobs are counted by every
dispatcher, by itself, every 30 seconds (every 2 minutes while there is nothing), however often it is read:
take the greatest (`max`). What has
not happened yet has no series, but lost leases and commits that were read back begin at 0. A counter
is about this process's life: the exact figures of a job are the ledger's, in the API.

No label holds a name, an id or a text of a caller. Its values are those listed, or at most {MOST_VALUES} of
what is described; any other value is `{OTHER}`.

| Prometheus | instrument | kind, unit | labels | meaning |
|---|---|---|---|---|
"""
_TAIL = """
A histogram has `_bucket`, `_sum` and `_count`; its count is the number of files, requests or calls.
`batch_job_duration`, `queue_depth` and `processing_rate` are named as the first generation named them.

## Traces

A request to the API begins a trace, or goes on with that of its `traceparent` header (W3C Trace Context).
The context travels in the messages: the dispatcher's turns for the job and its files belong to the trace,
each file with its stages, its storage calls and its requests to the engine. A request that several files
share is a part of one of them and linked to the others. Of each turn's files 20 are recorded: a job may
have a million. Of all requests `TRACE_SAMPLE_RATIO` are traced, where
`APPLICATIONINSIGHTS_CONNECTION_STRING` is set; a caller's header decides for its own. Each line of the logs
bears `trace_id` and `span_id`, recorded or not.
"""
_SUFFIXES = {"s": "_seconds", "By": "_bytes"}


def family(instrument: Instrument) -> str:
    """What Prometheus calls it."""
    name = instrument.name.replace(".", "_") + _SUFFIXES.get(instrument.unit, "")
    return name + "_total" if isinstance(instrument, Counter) else name


def series(instrument: Instrument) -> set[str]:
    """The names its values have there."""
    name = family(instrument)
    if isinstance(instrument, Histogram):
        return {f"{name}_{part}" for part in ("bucket", "sum", "count")}
    return {name}


def page() -> str:
    return _HEAD + "\n".join(_row(instrument) for instrument in INSTRUMENTS) + "\n" + _TAIL


def _row(instrument: Instrument) -> str:
    kind = f"{type(instrument).__name__.lower()}, {instrument.unit}"
    labels = "; ".join(
        f"`{label.name.replace('.', '_')}`: {label.means or ', '.join(label.values)}"
        for label in instrument.labels
    )
    return f"| `{family(instrument)}` | `{instrument.name}` | {kind} | {labels} | {instrument.says} |"


def main() -> int:
    """Write the document, or with ``--check`` say whether it is current (exit code 1: it is not)."""
    if "--check" in sys.argv[1:]:
        return int(DOCUMENT.read_text(encoding="utf-8") != page())
    DOCUMENT.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
