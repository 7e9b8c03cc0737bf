"""The templates and scripts for Azure: as far as they can be read without Azure."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.places import ROOT
from deploy.settings_reference import SERVICES
from libs.common.settings import WorkerSettings
from tests.unit.deploy.bicep import nodes, parsed, properties, text

FOLDER = ROOT / "deploy" / "azure"
TEMPLATES = sorted(FOLDER.rglob("*.bicep"))
SCRIPTS = sorted(FOLDER.glob("*.sh"))
APPS = parsed(FOLDER / "modules" / "apps.bicep")
APP = parsed(FOLDER / "modules" / "app.bicep")


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_every_template_is_bicep(file: Path) -> None:
    broken = [f"line {node.start_point.row + 1}: {text(node)[:60]}" for node in nodes(parsed(file), "ERROR")]
    assert broken == []


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_every_module_is_given_the_parameters_it_has(file: Path) -> None:
    for module in nodes(parsed(file), "module_declaration"):
        called = parsed(file.parent / re.findall(r"'([^']+\.bicep)'", text(module))[0])
        wanted = {text(node.children[1]) for node in nodes(called, "parameter_declaration")}
        optional = {
            text(node.children[1])
            for node in nodes(called, "parameter_declaration")
            if "=" in [text(child) for child in node.children] or text(node).endswith("?")
        }
        given = _given(module)
        assert given <= wanted, f"{file.name} gives what is not asked for"
        assert wanted - optional <= given, f"{file.name} leaves out what is needed"


def _given(module: object) -> set[str]:
    for node in nodes(module, "object_property"):  # type: ignore[arg-type]  # a node, as nodes() yields them
        key, *_, value = node.children
        if text(key) == "params":
            return {text(child.children[0]) for child in value.children if child.type == "object_property"}
    return set()


def test_storage_has_no_shared_keys_and_no_public_blobs() -> None:
    storage = parsed(FOLDER / "modules" / "storage.bicep")
    assert properties(storage, "allowSharedKeyAccess") == ["false"]
    assert properties(storage, "allowBlobPublicAccess") == ["false"]
    assert properties(storage, "minimumTlsVersion") == ["'TLS1_2'"]


def test_every_service_has_the_roles_that_are_explained() -> None:
    identities = parsed(FOLDER / "modules" / "identities.bicep")
    services = re.findall(r"'(\w+)'", next(v for v in map(text, nodes(identities, "variable_declaration"))
                                          if v.startswith("var services")))  # fmt: skip
    named = dict(re.findall(r"(\w+): '[0-9a-f-]{36}' // (.+)", text(identities)))
    granted = {
        (services[int(place)], named[role])
        for place, role in re.findall(r"who: (\d), role: roles\.(\w+)", text(identities))
    }
    assert granted == _explained()
    assert not any(
        service == "dispatcher" and role.endswith("Blob Data Contributor") for service, role in granted
    )


def _explained() -> set[tuple[str, str]]:
    who, told = "", set()
    for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\| (?:`…-(\w+)`)? ?\| (Storage [\w ]+) \| the account", line):
            who = found[1] or who
            told.add((who, found[2]))
    return told


@pytest.mark.parametrize("service", ["api", "dispatcher", "worker"])
def test_every_variable_is_a_setting_of_its_service(service: str) -> None:
    module = next(node for node in nodes(APPS, "module_declaration") if f"'{service}'" in text(node))
    shared = {"everywhere", "translating"} & set(re.findall(r"\w+", text(module)))
    given = "".join(
        text(node)
        for node in nodes(APPS, "variable_declaration")
        if text(node).split()[1] in shared | ({"azureEngine"} if "translating" in shared else set())
    )
    names = set(re.findall(r"name: '([A-Z][A-Z_]+)'", given + text(module)))
    known = {field.upper() for field in SERVICES[service].model_fields}
    assert names, "the module names no setting"
    assert names - {"AZURE_CLIENT_ID"} <= known


def test_the_numbers_that_belong_together_do() -> None:
    worker = next(
        text(node) for node in nodes(APPS, "module_declaration") if "service: 'worker'" in text(node)
    )
    drain = int(re.findall(r"'DRAIN_SECONDS', value: '(\d+)'", worker)[0])
    assert re.findall(r"gracePeriodSeconds: (\d+)", worker) == [str(drain + 30)]
    cooldown = 2 * WorkerSettings.model_fields["visibility_timeout"].default
    assert re.findall(r"cooldownPeriod: (\d+)", worker) == [str(cooldown)]
    assert re.findall(r"'MAX_CONCURRENT_FILES', value: string\((\w+)\)", worker) == ["filesAWorker"]
    assert re.findall(r"queueLength: string\((\w+)\)", worker) == ["filesAWorker"]
    assert WorkerSettings.model_fields["queue_name"].default in worker
    assert set(properties(APPS, "metadata")) != set()
    assert text(APPS).count("queueLengthStrategy: 'all'") == text(APPS).count("type: 'azure-queue'") == 2


@pytest.mark.parametrize("service", ["api", "worker"])
def test_documents_fill_no_more_than_a_part_of_the_memory(service: str) -> None:
    app = next(
        text(node) for node in nodes(APPS, "module_declaration") if f"service: '{service}'" in text(node)
    )
    each = int(re.findall(r"'DOCUMENT_MEMORY_BYTES', value: '(\d+)'", app)[0])
    memory = float(re.findall(r"memory: '([\d.]+)Gi'", app)[0]) * 2**30
    assert WorkerSettings.model_fields["document_processes"].default * each <= 0.6 * memory


def test_probes_ask_for_paths_that_are_served() -> None:
    assert set(properties(APP, "path")) == {"'/healthz'", "'/readyz'"}
    assert "'services.${service}'" in text(APP)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_script_is_clean(script: Path) -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    told = subprocess.run(
        [str(shellcheck), "-x", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("name", ["bootstrap.sh", "deploy.sh", "destroy.sh"])
@pytest.mark.parametrize(
    "words", [[], ["dev"], ["prd", "mytrans"], ["dev", "My-Trans"], ["dev", "mytrans", "-x"]]
)
def test_a_script_that_is_called_wrongly_says_so_and_does_nothing(name: str, words: list[str]) -> None:
    told = subprocess.run(
        ["bash", str(FOLDER / name), *words],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={"PATH": os.environ["PATH"], "ALERT_EMAIL": "ops@example.com"},
    )
    assert told.returncode == 1
    assert told.stderr.startswith(f"{name}: ")
    assert told.stdout == ""


def test_alerts_are_on_metrics_that_are_measured_and_name_their_runbook() -> None:
    alerts = (FOLDER / "modules" / "alerts.bicep").read_text(encoding="utf-8")
    metrics = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").lower()
    watched = re.findall(r"metric: '([\w.]+)'", alerts)
    assert sorted(watched) == ["batch.jobs.ended", "queue.dead_letters", "queue.oldest_message.age"]
    assert all(f"`{name}`" in metrics for name in watched)
    sections = re.findall(r"docs/operations\.md#([\w-]+)", alerts)
    assert len(sections) == len(watched)
    assert all(f"## {section.replace('-', ' ')}\n" in runbook for section in sections)
