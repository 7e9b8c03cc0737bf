"""The compose file: valid, closed to the outside, and understood by the services it starts."""

import subprocess
import sys
from typing import Any

import pytest
import yaml

from deploy.local.azurite import Ports, connection_string
from deploy.local.places import HERE, ROOT
from deploy.settings_reference import SERVICES
from libs.common.settings import DispatcherSettings, ServiceSettings, WorkerSettings
from tests.unit.deploy.services import service_of, settings_of

FILE = ROOT / "docker-compose.yml"
CONTAINERS: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
OURS = [name for name in CONTAINERS if name != "azurite"]


def test_it_is_valid_by_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    told = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_it_starts_every_service_once() -> None:
    assert sorted(service_of(CONTAINERS[name]["command"]) for name in OURS) == sorted(SERVICES)
    assert CONTAINERS["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_of_its_service(name: str) -> None:
    secret = settings(name).azure_storage_connection_string
    assert secret is not None
    assert secret.get_secret_value() == development_account("azurite")


def test_nothing_is_published_but_the_api_on_loopback() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert published == {"api": ["127.0.0.1:${API_PORT:-8000}:8000"]}
    assert [name for name, container in CONTAINERS.items() if "network_mode" in container] == []


def test_services_wait_until_storage_answers() -> None:
    assert "healthcheck" in CONTAINERS["azurite"]
    for name in OURS:
        assert CONTAINERS[name]["depends_on"] == {"azurite": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_can_neither_write_nor_gain_rights(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["tmpfs"] == ["/tmp"]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "latest" not in container["image"]


def test_a_stopping_worker_has_time_to_end_its_files() -> None:
    worker = settings("worker")
    assert isinstance(worker, WorkerSettings)
    assert float(CONTAINERS["worker"]["stop_grace_period"].removesuffix("s")) >= worker.drain_seconds + 30


@pytest.mark.parametrize("name", ["dispatcher", "worker"])
def test_the_health_check_finds_the_probe(name: str) -> None:
    kept = settings(name)
    assert isinstance(kept, DispatcherSettings | WorkerSettings)
    assert kept.health_port != 0


def test_the_emulator_is_the_one_of_the_tests() -> None:
    package = yaml.safe_load((HERE / "package.json").read_text(encoding="utf-8"))
    assert CONTAINERS["azurite"]["image"].rpartition(":")[2] == package["devDependencies"]["azurite"]


def settings(name: str) -> ServiceSettings:
    container = CONTAINERS[name]
    return settings_of(service_of(container["command"]), container["environment"])


def development_account(host: str) -> str:
    return connection_string(Ports(10000, 10001, 10002)).replace("127.0.0.1", host)
