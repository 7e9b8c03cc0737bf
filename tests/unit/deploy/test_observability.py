"""Alerts and dashboard: Prometheus understands them, they read what is measured, and say what to do."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.places import ROOT
from deploy.local.promtool import find_promtool
from deploy.metrics_reference import DOCUMENT, page, series
from libs.telemetry.catalogue import INSTRUMENTS, JOB_STILLNESS
from tests.conftest import missing

FOLDER = ROOT / "deploy" / "observability"
GROUPS = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
RULES, RECORDS = (group["rules"] for group in GROUPS)
TESTS = yaml.safe_load((FOLDER / "alerts.test.yml").read_text(encoding="utf-8"))["tests"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SERIES = {name for instrument in INSTRUMENTS for name in series(instrument)}
#: Words of PromQL and labels that the expressions use, which are no metrics.
WORDS = {
    "and", "absent", "by", "histogram_quantile", "increase", "instance", "le", "max", "max_over_time",
    "offset", "or", "rate", "sum", "unless",
    *(label.name.replace(".", "_") for instrument in INSTRUMENTS for label in instrument.labels),
}  # fmt: skip


@pytest.fixture(scope="module")
def promtool() -> str:
    found = find_promtool()
    if found is None:
        missing("promtool")
    assert found is not None
    return found


def queries() -> Iterator[str]:
    """Every expression of the dashboard, with Grafana's variable as Grafana would put it in."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$__rate_interval", "1m")


def check(*argv: str | Path) -> None:
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_document_of_metrics_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page(), "run: python -m deploy.metrics_reference"


def test_prometheus_looks_where_the_compose_services_are() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    containers = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    sought = {
        target["names"][0]: target["port"]
        for job in config["scrape_configs"]
        for target in job.get("dns_sd_configs", ())
    }
    named = [group["targets"] for job in config["scrape_configs"] for group in job.get("static_configs", ())]
    # An address is no name that the API answers to; of the others a name may have several.
    assert named == [["api:8000"]]
    ports = {name: int(containers[name]["environment"]["HEALTH_PORT"]) for name in ("dispatcher", "worker")}
    assert sought == ports
    assert containers["api"]["environment"]["API_ALLOWED_HOSTS"] == "api"


def test_prometheus_takes_the_configuration_and_every_alert_fires_when_it_should(promtool: str) -> None:
    check(promtool, "check", "config", "--lint-fatal", FOLDER / "prometheus.yml")
    check(promtool, "test", "rules", FOLDER / "alerts.test.yml")


def test_each_alert_is_tested_firing_and_not_firing() -> None:
    cases = [case for test in TESTS for case in test["alert_rule_test"]]
    for rule in RULES:
        fires = {bool(case["exp_alerts"]) for case in cases if case["alertname"] == rule["alert"]}
        assert fires == {True, False}, rule["alert"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_names_a_section_of_the_runbook(rule: dict[str, Any]) -> None:
    document, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert document == "docs/operations.md"
    sections = re.findall(r"^## (.+)$", OPERATIONS, re.MULTILINE)
    assert anchor in {section.lower().replace(" ", "-") for section in sections}
    assert f"`{rule['alert']}`" in OPERATIONS


def test_prometheus_reads_every_expression_of_the_dashboard(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries())]
    assert len(rules) > 30
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    check(promtool, "check", "rules", file)


@pytest.mark.parametrize("query", [*queries(), *(rule["expr"] for rule in [*RULES, *RECORDS])])
def test_every_metric_that_is_read_is_one_that_is_measured(query: str) -> None:
    for rule in RECORDS:
        query = query.replace(rule["record"], rule["expr"])
    without_values = re.sub(r'"[^"]*"|\[[^]]*\]', "", query)
    named = set(re.findall(r"[a-z_]{2,}", without_values)) - WORDS
    assert named
    assert named <= SERIES, f"nobody measures {named - SERIES}"


def test_the_bounds_that_alerts_go_by_are_bounds_of_a_bucket() -> None:
    (bound,) = re.findall(r'stillness_seconds_bucket\{le=~"(\d+)', RULES[0]["expr"])
    assert int(bound) in JOB_STILLNESS.bounds


def test_every_panel_has_a_place_and_a_name_of_its_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in panels):
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
