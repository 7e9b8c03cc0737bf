"""The memory of every container is that of the one table, and everything that may fill it fits."""

import re
import subprocess
import sys

import pytest

from deploy.memory_reference import PLACES, TABLE, Row, row_of
from libs.common.settings import ApiSettings, WorkerSettings
from libs.common.settings.memory import APERTIUM_CHAIN, MIB, OWN, SAMPLES, memory_need
from tests.unit.deploy.bicep import nodes, text
from tests.unit.deploy.manifests import OVERLAYS, rendered
from tests.unit.deploy.test_azure import APPS
from tests.unit.deploy.test_compose import CONTAINERS, settings

SERVICES = ("api", "dispatcher", "worker")
every_service = pytest.mark.parametrize("service", SERVICES)


def bytes_of(written: str) -> int:
    number, unit = re.fullmatch(r"([\d.]+)([mMgG])i?b?", written, re.IGNORECASE).groups()  # type: ignore[union-attr]  # else the test fails
    return round(float(number) * (MIB if unit in "mM" else 1024 * MIB))


def test_the_table_has_every_service_at_every_place() -> None:
    assert [(row.place, row.service) for row in TABLE] == [(place, it) for place in PLACES for it in SERVICES]


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.need], ids=lambda row: f"{row.place} {row.service}"
)
def test_what_may_fill_a_container_fits_it(row: Row) -> None:
    assert row.need is not None
    assert row.need.total <= row.limit * MIB
    assert row.need.own == OWN
    assert row.need.files == (SAMPLES if row.service == "api" else row.need.files)
    assert row.need.engine == (APERTIUM_CHAIN if row.service == "worker" else 0)


@pytest.mark.parametrize("overlay", OVERLAYS)
@every_service
def test_kubernetes_has_the_figures_of_the_table(overlay: str, service: str) -> None:
    workload, row = rendered(overlay).workload(f"translate-{service}"), row_of("Kubernetes", service)
    assert bytes_of(workload.container["resources"]["limits"]["memory"]) == row.limit * MIB
    fits(workload.settings(), row)


@every_service
def test_compose_has_the_figures_of_the_table(service: str) -> None:
    row = row_of("compose", service)
    assert bytes_of(CONTAINERS[service]["mem_limit"]) == row.limit * MIB
    fits(settings(service), row)


@every_service
def test_container_apps_have_the_figures_of_the_table(service: str) -> None:
    module = next(
        text(node) for node in nodes(APPS, "module_declaration") if f"service: '{service}'" in text(node)
    )
    row, (memory,) = row_of("Container Apps", service), re.findall(r"memory: '([\d.]+Gi)'", module)
    assert bytes_of(memory) == row.limit * MIB
    told = dict(re.findall(r"'(MAX_BYTES_IN_FLIGHT|DOCUMENT_MEMORY_BYTES)', value: '(\d+)'", module))
    if row.need is not None:
        assert int(told["DOCUMENT_MEMORY_BYTES"]) == row.need.document
        assert service == "api" or int(told["MAX_BYTES_IN_FLIGHT"]) == row.need.files
        assert WorkerSettings.model_fields["document_processes"].default == row.need.processes


def fits(kept: object, row: Row) -> None:
    if not isinstance(kept, ApiSettings | WorkerSettings):
        assert row.need is None
        return
    need = memory_need(kept)
    assert row.need is not None
    assert need.engine <= row.need.engine
    assert (need.own, need.files, need.processes, need.document) == (
        row.need.own, row.need.files, row.need.processes, row.need.document
    )  # fmt: skip


def test_the_document_has_the_table() -> None:
    check = [sys.executable, "-m", "deploy.memory_reference", "--check"]
    assert subprocess.run(check, timeout=60, check=False).returncode == 0
