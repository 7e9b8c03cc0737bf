"""The Kubernetes base: valid, without loose ends, and understood by the services it starts."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]  # it has no types
import pytest

from deploy.local.places import ROOT
from deploy.settings_reference import SERVICES
from libs.common.settings import ApiSettings, DispatcherSettings, WorkerSettings, is_loopback
from deploy.image.dockerfile import last
from tests.unit.deploy.manifests import (
    BASE,
    DOCUMENTS,
    FILES,
    KUSTOMIZATION,
    Document,
    config_maps,
    documents_in,
    name_of,
    of_kind,
    workloads,
)
from tests.unit.deploy.services import service_of

VERSIONS = ["1.31.0", kubernetes_validate.latest_version()]
KEDA = json.loads((ROOT / "deploy" / "schemas" / "keda.json").read_text(encoding="utf-8"))
README = (BASE.parent / "README.md").read_text(encoding="utf-8")
WORKLOADS = workloads()
GROUPS_OF_KEDA = "keda.sh/"


def test_the_kustomization_names_exactly_the_files() -> None:
    assert sorted(KUSTOMIZATION["resources"]) == [path.name for path in FILES]


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_every_document(version: str) -> None:
    check_all(DOCUMENTS, version)


def test_it_starts_every_service_once() -> None:
    started = [service_of(workload.container["args"]) for workload in WORKLOADS.values()]
    assert sorted(started) == sorted(SERVICES)


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_variable_is_a_setting_of_its_service(name: str) -> None:
    kept, account = WORKLOADS[name].settings(), config_maps()["batch-translation"]["AZURE_STORAGE_ACCOUNT"]
    assert kept.azure_storage_account == account
    assert WORKLOADS[name].pod["enableServiceLinks"] is False, "<SERVICE>_PORT could be read as a setting"


@pytest.mark.parametrize("name", WORKLOADS)
def test_probes_ask_where_the_service_answers(name: str) -> None:
    workload, kept = WORKLOADS[name], WORKLOADS[name].settings()
    if isinstance(kept, ApiSettings):
        host, port = kept.api_host, kept.api_port
    else:
        assert isinstance(kept, DispatcherSettings | WorkerSettings)
        host, port = kept.health_host, kept.health_port
    assert not is_loopback(host)
    probes = {
        kind: workload.container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")
    }
    assert {workload.ports[probe["port"]] for probe in probes.values()} == {port}
    assert [probe["path"] for probe in probes.values()] == ["/healthz", "/healthz", "/readyz"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_pods_keep_the_restricted_standard_and_write_nowhere(name: str) -> None:
    user, group = map(int, last("USER").value.split(":"))
    pod, container = WORKLOADS[name].pod, WORKLOADS[name].container
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": group,
        "fsGroup": group,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert (
        set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}
    )


@pytest.mark.parametrize("name", WORKLOADS)
def test_everything_a_pod_refers_to_is_there_or_documented(name: str) -> None:
    workload = WORKLOADS[name]
    assert workload.pod["serviceAccountName"] in of_kind("ServiceAccount")
    mounted = {mount["name"] for mount in workload.container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in workload.pod["volumes"]}
    secrets = [volume["secret"]["secretName"] for volume in workload.pod["volumes"] if "secret" in volume]
    assert [secret for secret in secrets if f"secret generic {secret}" not in README] == []


def test_the_api_finds_its_keys_in_the_mounted_secret() -> None:
    api = WORKLOADS["translate-api"]
    kept = api.settings()
    assert isinstance(kept, ApiSettings)
    assert kept.api_auth == "api-key"
    assert kept.api_keys_file is not None
    (folder,) = [mount["mountPath"] for mount in api.container["volumeMounts"] if mount["name"] == "api-keys"]
    assert kept.api_keys_file.parent == Path(folder)
    assert f"--from-file={kept.api_keys_file.name}=" in README


def test_selectors_find_their_pods() -> None:
    for name, workload in WORKLOADS.items():
        chosen = workload.spec["selector"]["matchLabels"]
        assert [other for other, it in WORKLOADS.items() if chosen.items() <= it.labels.items()] == [name]
        assert workload.labels["azure.workload.identity/use"] == "true"
    (service,) = of_kind("Service").values()
    api = WORKLOADS["translate-api"]
    assert service["spec"]["selector"] == api.spec["selector"]["matchLabels"]
    assert [port["targetPort"] for port in service["spec"]["ports"]] == list(api.ports)


def test_keda_scales_deployments_that_leave_it_to_keda() -> None:
    targets = [scaled["spec"]["scaleTargetRef"]["name"] for scaled in of_kind("ScaledObject").values()]
    free = [name for name, workload in WORKLOADS.items() if "replicas" not in workload.spec]
    assert sorted(targets) == sorted(free) == ["translate-dispatcher", "translate-worker"]


@pytest.mark.parametrize("name", of_kind("ScaledObject"))
def test_keda_watches_the_queue_of_the_service(name: str) -> None:
    kept = WORKLOADS[name].settings()
    (trigger,) = of_kind("ScaledObject")[name]["spec"]["triggers"]
    queue = kept.queue_name if isinstance(kept, WorkerSettings) else kept.dispatch_queue_name
    assert trigger["type"] == "azure-queue"
    authentication = of_kind("TriggerAuthentication")[trigger["authenticationRef"]["name"]]
    assert authentication["spec"] == {"podIdentity": {"provider": "azure-workload"}}
    assert trigger["metadata"]["queueName"] == queue
    assert trigger["metadata"]["accountName"] == kept.azure_storage_account


def test_a_worker_is_asked_for_what_it_does_at_once_and_a_dispatcher_is_always_there() -> None:
    worker, dispatcher = (
        of_kind("ScaledObject")[f"translate-{name}"]["spec"] for name in ("worker", "dispatcher")
    )
    kept = WORKLOADS["translate-worker"].settings()
    assert isinstance(kept, WorkerSettings)
    assert worker["triggers"][0]["metadata"]["queueLength"] == str(kept.max_concurrent_files)
    assert worker["cooldownPeriod"] > kept.visibility_timeout
    assert (worker["minReplicaCount"], dispatcher["minReplicaCount"]) == (0, 1)


def test_a_stopping_worker_has_time_to_end_its_files() -> None:
    worker = WORKLOADS["translate-worker"]
    kept = worker.settings()
    assert isinstance(kept, WorkerSettings)
    # Above 600 s a cluster's autoscaler does not wait.
    assert kept.drain_seconds + 30 <= worker.pod["terminationGracePeriodSeconds"] <= 600


def test_the_image_is_the_projects_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    images = {workload.container["image"] for workload in WORKLOADS.values()}
    assert images == {f"batch-translation:{version}"}


def test_the_overlay_of_the_readme_puts_its_own_values_in(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "base")
    overlay = tmp_path / "production"
    overlay.mkdir()
    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (overlay / "kustomization.yaml").write_text(example, encoding="utf-8")
    rendered = rendered_by_kustomize(overlay)
    check_all(documents_in(rendered), VERSIONS[-1])
    left = ("examplestorageaccount", "00000000-0000-0000-0000-000000000000", "image: batch-translation:")
    assert [value for value in left if value in rendered] == []


def rendered_by_kustomize(folder: Path) -> str:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl, which holds kustomize, is missing")
    # Rendering asks no cluster, and without an environment it knows of none.
    told = subprocess.run(
        [kubectl, "kustomize", str(folder)], capture_output=True, text=True, timeout=60, check=False, env={}
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


def check_all(documents: list[Document], version: str) -> None:
    assert documents
    for document in documents:
        if document["apiVersion"].startswith(GROUPS_OF_KEDA):
            schema = {**KEDA, "$ref": f"#/definitions/{document['kind']}"}
            jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
        else:
            kubernetes_validate.validate(document, version, strict=True)
        assert name_of(document)
