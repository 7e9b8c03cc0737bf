"""The compose file: valid, closed to the outside, and understood by the services it starts."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import Any

import pytest
import yaml

from deploy.local.azurite import Ports, connection_string
from deploy.local.places import HERE, ROOT
from deploy.settings_reference import SERVICES
from libs.common.settings import DispatcherSettings, ServiceSettings, TranslatingSettings, WorkerSettings
from tests.unit.deploy.services import service_of, settings_of

FILE = ROOT / "docker-compose.yml"
CONTAINERS: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
OURS = ["api", "dispatcher", "worker"]
PROFILES = {
    "azure-emulated": ["azure-emulated"],
    "libretranslate": ["libretranslate"],
    "observability": ["grafana", "prometheus"],
}
EMULATOR = "deploy.local.emulators.azure_translator"


def test_it_is_valid_by_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    told = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_without_a_profile_it_starts_storage_and_every_service_once() -> None:
    always = [name for name, container in CONTAINERS.items() if "profiles" not in container]
    assert sorted(always) == ["api", "azurite", "dispatcher", "worker"]
    assert sorted(service_of(CONTAINERS[name]["command"]) for name in OURS) == sorted(SERVICES)
    assert CONTAINERS["worker"]["deploy"]["replicas"] == 2


def test_a_profile_adds_what_it_is_named_for() -> None:
    added: dict[str, list[str]] = {}
    for name, container in sorted(CONTAINERS.items()):
        for profile in container.get("profiles", ()):
            added.setdefault(profile, []).append(name)
    assert added == PROFILES


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_of_its_service(name: str) -> None:
    secret = settings(name).azure_storage_connection_string
    assert secret is not None
    assert secret.get_secret_value() == development_account("azurite")


@pytest.mark.parametrize("engine", ["apertium", "azure", "libretranslate"])
@pytest.mark.parametrize("name", ["api", "worker"])
def test_each_engine_needs_but_its_name_and_its_profile(name: str, engine: str) -> None:
    kept = settings(name, TRANSLATION_ENGINE=engine)
    assert isinstance(kept, TranslatingSettings)
    assert kept.translation_engine == engine
    asked = {"azure": kept.azure_translator_endpoint, "libretranslate": kept.libretranslate_url}.get(engine)
    if asked:
        (container,) = re.findall(r"^http://([a-z-]+):5000$", asked)
        assert CONTAINERS[container]["profiles"] == [container]


def test_what_is_published_is_on_loopback_and_without_a_profile_the_api_alone() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert published == {
        "api": ["127.0.0.1:${API_PORT:-8000}:8000"],
        "grafana": ["127.0.0.1:${GRAFANA_PORT:-3000}:3000"],
    }
    assert [name for name, container in CONTAINERS.items() if "network_mode" in container] == []


def test_everybody_waits_until_those_they_need_are_healthy() -> None:
    for container in CONTAINERS.values():
        for needed, how in container.get("depends_on", {}).items():
            assert how["condition"] == "service_healthy"
            assert "healthcheck" in CONTAINERS[needed]
            # One that only a profile starts is not missed without it.
            assert (
                how.get("required", True) is ("profiles" not in CONTAINERS[needed]) or "profiles" in container
            )
    for name in OURS:
        assert CONTAINERS[name]["depends_on"]["azurite"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_can_neither_write_nor_gain_rights(name: str) -> None:
    container = CONTAINERS[name]
    # LibreTranslate keeps its models, sessions and counters in its home.
    assert container["read_only"] is (name != "libretranslate")
    assert "/tmp" in container["tmpfs"]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert re.search(r":(local|v?\d+\.\d+\.\d+)$", container["image"])


def test_mounted_files_are_of_the_checkout_or_named_volumes() -> None:
    volumes = yaml.safe_load(FILE.read_text(encoding="utf-8"))["volumes"]
    mounts = [mount.split(":") for it in CONTAINERS.values() for mount in it.get("volumes", ())]
    for source, _, *how in mounts:
        if source.startswith("."):
            assert (ROOT / source).is_dir()
            assert how == ["ro"]
        else:
            assert source in volumes


def test_grafana_finds_prometheus_and_the_dashboard_where_they_are_mounted() -> None:
    provisioning = ROOT / "deploy" / "observability" / "grafana"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "files.yml").read_text())["providers"]
    mounts = dict(mount.split(":")[:2] for mount in CONTAINERS["grafana"]["volumes"])
    assert mounts["./deploy/observability"] == provider["options"]["path"]
    assert mounts["./deploy/observability/grafana"] == "/etc/grafana/provisioning"


def test_a_stopping_worker_has_time_to_end_its_files() -> None:
    worker = settings("worker")
    assert isinstance(worker, WorkerSettings)
    assert float(CONTAINERS["worker"]["stop_grace_period"].removesuffix("s")) >= worker.drain_seconds + 30


@pytest.mark.parametrize("name", ["dispatcher", "worker"])
def test_the_health_check_and_prometheus_find_the_probe(name: str) -> None:
    kept = settings(name)
    assert isinstance(kept, DispatcherSettings | WorkerSettings)
    assert (kept.health_host, kept.health_port) == ("0.0.0.0", {"dispatcher": 8081, "worker": 8082}[name])


def test_azurite_takes_the_account_from_the_path_whatever_its_host_is_called() -> None:
    assert "--disableProductStyleUrl" in CONTAINERS["azurite"]["command"].split()


def test_the_storage_emulator_is_the_one_of_the_tests() -> None:
    package = yaml.safe_load((HERE / "package.json").read_text(encoding="utf-8"))
    assert CONTAINERS["azurite"]["image"].rpartition(":")[2] == package["devDependencies"]["azurite"]


def test_the_translators_emulator_runs_on_what_the_image_has() -> None:
    assert CONTAINERS["azure-emulated"]["command"][:3] == ["python", "-m", EMULATOR]
    look = f"import sys; bare = {{*sys.modules}}; import {EMULATOR}.__main__; print(*{{*sys.modules}} - bare)"
    told = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    distributions = packages_distributions()
    needed = {of for module in told.stdout.split() for of in distributions.get(module.partition(".")[0], ())}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    in_image = {*re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE), project}
    assert {name.lower().replace("_", "-") for name in needed} - in_image == set()


def settings(name: str, **given: str) -> ServiceSettings:
    """What the service reads in its container, where these variables are given to compose."""
    container = CONTAINERS[name]
    environment = {
        variable: re.sub(r"\$\{(\w+):-([^}]*)\}", lambda it: given.get(it[1], it[2]), value)
        for variable, value in container["environment"].items()
    }
    return settings_of(service_of(container["command"]), environment)


def development_account(host: str) -> str:
    return connection_string(Ports(10000, 10001, 10002)).replace("127.0.0.1", host)
