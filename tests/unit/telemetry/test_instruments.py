"""Labels are bounded whatever they are given, and the catalogue has what the code measures."""

import re

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

from deploy.local.places import ROOT
from deploy.metrics_reference import family
from libs.telemetry.catalogue import ENGINE_CHARACTERS, FILE_DURATION, INSTRUMENTS, OPERATIONS, RARE, STAGES
from libs.telemetry.instruments import MOST_VALUES, OTHER, Counter, Gauge, Histogram, Label
from tests.measuring import figures


def test_a_value_that_its_label_does_not_have_is_counted_as_other() -> None:
    before = figures(FILE_DURATION)
    for stage in ("parse", "no stage of ours", "nor this"):
        FILE_DURATION.record(1, stage)
    after = figures(FILE_DURATION)
    grown = {key[0]: after[key] - before.get(key, 0) for key in after}
    assert (grown["parse"], grown[OTHER]) == (1, 2)
    assert set(grown) <= {*STAGES, OTHER}


def test_a_label_without_a_list_has_a_bounded_number_of_values() -> None:
    counter = Counter("test.bounded", "{thing}", "Things.", Label("thing", means="whatever comes"))
    figures(counter)
    for number in range(10 * MOST_VALUES):
        counter.add(1, f"thing {number}")
    values = figures(counter)
    assert len(values) == MOST_VALUES + 1
    assert values[OTHER,] == 9 * MOST_VALUES
    assert sum(values.values()) == 10 * MOST_VALUES


def test_a_counter_of_rare_events_is_shown_before_the_first_one() -> None:
    counter = Counter("test.rare", "{thing}", "Things.", Label("kind", ("large", "small")))
    figures(counter)
    counter.begin()
    assert figures(counter) == {("large",): 0, ("small",): 0}
    assert {it.name for it in RARE} == {"lease.losses", "commit.conflicts"}


def test_a_gauge_shows_what_is_watched_while_it_is_watched() -> None:
    gauge = Gauge("test.watched", "{thing}", "Things.", Label("place", ("here", "there")))
    things = [1]
    with gauge.watching(lambda: len(things), "here"):
        things.append(2)
        assert figures(gauge) == {("here",): 2}
    gauge.set(7, "there")
    assert figures(gauge) == {("there",): 7}
    gauge.forget("there")
    assert figures(gauge) == {}


def test_the_catalogue_has_every_storage_operation_of_the_code_and_no_other() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "libs" / "common").rglob("*.py"))
    assert set(re.findall(r'storage_call\(\s*"([^"]+)"', code)) == set(OPERATIONS)
    assert len(re.findall(r"[^`]storage_call\(", code)) - 1 == len(re.findall(r'storage_call\(\s*"', code))


def test_prometheus_calls_every_instrument_what_the_document_says() -> None:
    registry = CollectorRegistry()
    meter = MeterProvider([PrometheusMetricReader(registry=registry)]).get_meter("test")
    for instrument in INSTRUMENTS:
        match instrument:
            case Counter():
                meter.create_counter(instrument.name, instrument.unit).add(1)
            case Histogram():
                meter.create_histogram(instrument.name, instrument.unit).record(1)
            case _:
                meter.create_gauge(instrument.name, instrument.unit).set(1)
    shown = {f"{it.name}_total" if it.type == "counter" else it.name for it in registry.collect()}
    assert shown - {"target"} == {family(instrument) for instrument in INSTRUMENTS}


def test_an_engine_is_a_label_and_a_caller_is_not() -> None:
    assert [label.name for label in ENGINE_CHARACTERS.labels] == ["engine"]
    names = {label.name for instrument in INSTRUMENTS for label in instrument.labels}
    assert not names & {"job_id", "file", "name", "container", "caller", "url", "error", "path"}
