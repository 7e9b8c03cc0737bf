"""Every overlay, rendered: valid, without loose ends, and understood by the services it starts."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]  # it has no types
import pytest
import yaml

from deploy.local.places import HERE, ROOT
from deploy.settings_reference import SERVICES as CLASSES
from libs.common.runtime.health import health_routes
from libs.common.settings import ApiSettings, DispatcherSettings, WorkerSettings, is_loopback
from tests.unit.deploy.manifests import KUBERNETES, OVERLAYS, SERVICES, rendered
from tests.unit.deploy.services import service_of

VERSIONS = ["1.31.0", kubernetes_validate.latest_version()]
KEDA = json.loads((ROOT / "deploy" / "schemas" / "keda.json").read_text(encoding="utf-8"))
NAMESPACE = yaml.safe_load((KUBERNETES / "namespace.yaml").read_text(encoding="utf-8"))
README = (KUBERNETES / "README.md").read_text(encoding="utf-8")


async def probed() -> None:
    """Stands for a service's own check: the routes alone are looked at."""


#: Kinds that belong to no namespace.
CLUSTER_WIDE = {"PriorityClass"}
PATHS = {route.path for route in health_routes(probed)}
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)
every_service = pytest.mark.parametrize("name", SERVICES)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_and_keda_accept_every_document(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # It reads megabytes of schemas again for each document.
    schemas = kubernetes_validate.utils
    monkeypatch.setattr(schemas, "schema_contents", cache(schemas.schema_contents))
    # What two overlays have alike is looked at once: a look takes its time.
    documents = {json.dumps(it, sort_keys=True): it for name in OVERLAYS for it in rendered(name).documents}
    kubernetes_validate.validate(NAMESPACE, version, strict=True)
    for document in documents.values():
        if document["apiVersion"].startswith("keda.sh/"):
            schema = {**KEDA, "$ref": f"#/definitions/{document['kind']}"}
            jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
        else:
            kubernetes_validate.validate(document, version, strict=True)
        assert document["kind"] in CLUSTER_WIDE or document["metadata"]["namespace"] == "batch-translation"


@every_overlay
def test_it_is_applied_to_a_namespace_that_is_there_already(overlay: str) -> None:
    """It gets a Secret before; were it in the overlay as well, kubectl would warn that it did not make it."""
    assert rendered(overlay).of_kind("Namespace") == {}
    assert NAMESPACE["metadata"]["name"] == "batch-translation"
    assert "kubectl apply -f deploy/k8s/namespace.yaml" in README


@every_overlay
def test_every_file_is_part_of_what_is_rendered(overlay: str) -> None:
    for folder in (KUBERNETES / "base", KUBERNETES / "overlays" / overlay):
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
        generators = [
            *kustomization.get("configMapGenerator", ()), *kustomization.get("secretGenerator", ())
        ]  # fmt: skip
        named = {*kustomization["resources"], *(path for it in generators for path in it.get("envs", ()))}
        assert {path.name for path in folder.iterdir()} - {"kustomization.yaml"} == named - {"../../base"}


@every_overlay
def test_it_starts_every_service_once(overlay: str) -> None:
    started = [service_of(workload.container["args"]) for workload in rendered(overlay).workloads]
    assert sorted(started) == sorted(CLASSES)


@every_overlay
@every_service
def test_every_variable_is_a_setting_of_its_service(overlay: str, name: str) -> None:
    workload = rendered(overlay).workload(name)
    assert isinstance(workload.settings(), CLASSES[service_of(workload.container["args"])])
    assert workload.pod["enableServiceLinks"] is False, "<SERVICE>_PORT could be read as a setting"


@every_overlay
def test_api_and_workers_are_told_the_same_of_the_engine(overlay: str) -> None:
    api, worker = (rendered(overlay).workload(name).settings() for name in (SERVICES[0], SERVICES[2]))
    assert isinstance(api, ApiSettings)
    assert isinstance(worker, WorkerSettings)
    assert api.translation_engine == worker.translation_engine
    assert api.azure_translator_endpoint == worker.azure_translator_endpoint
    assert api.default_source_language == worker.default_source_language


@every_overlay
@every_service
def test_probes_ask_where_the_service_answers(overlay: str, name: str) -> None:
    workload = rendered(overlay).workload(name)
    kept = workload.settings()
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
    assert {probe["path"] for probe in probes.values()} <= PATHS
    # Whether it lives, not whether storage answers: an outage of storage is nothing a restart mends.
    assert [probe["path"] for probe in probes.values()] == ["/healthz", "/healthz", "/readyz"]


@every_overlay
def test_every_pod_keeps_the_restricted_standard_and_writes_nowhere(overlay: str) -> None:
    manifests = rendered(overlay)
    assert NAMESPACE["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for owner in (*manifests.of_kind("Deployment").values(), *manifests.of_kind("StatefulSet").values()):
        pod = owner["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert pod["automountServiceAccountToken"] is False
        limits, requests = container["resources"]["limits"], container["resources"]["requests"]
        assert set(limits) == set(requests) == {"cpu", "memory"}


@every_overlay
@pytest.mark.parametrize("name", [SERVICES[0], SERVICES[2]])
def test_documents_fill_no_more_than_a_part_of_the_memory(overlay: str, name: str) -> None:
    workload = rendered(overlay).workload(name)
    settings = workload.settings()
    assert isinstance(settings, ApiSettings | WorkerSettings)
    taken = settings.document_processes * settings.document_memory_bytes
    limit = re.fullmatch(r"(\d+)(M|G)i", workload.container["resources"]["limits"]["memory"])
    assert limit
    assert taken <= int(limit[1]) * {"M": 2**20, "G": 2**30}[limit[2]] * 0.6


@every_overlay
@every_service
def test_a_service_runs_as_the_user_of_the_image(overlay: str, name: str) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ((user, group),) = re.findall(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE)
    expected = (int(user), int(group), int(group))
    context = rendered(overlay).workload(name).pod["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == expected


@every_overlay
@every_service
def test_pods_are_spread_over_zones_and_nodes(overlay: str, name: str) -> None:
    workload = rendered(overlay).workload(name)
    spread = {it["topologyKey"]: it for it in workload.pod["topologySpreadConstraints"]}
    assert set(spread) == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for constraint in spread.values():
        assert constraint["labelSelector"]["matchLabels"].items() <= workload.labels.items()


@every_overlay
@every_service
def test_everything_a_pod_refers_to_is_there_or_documented(overlay: str, name: str) -> None:
    manifests = rendered(overlay)
    workload = manifests.workload(name)
    assert workload.pod["serviceAccountName"] in manifests.of_kind("ServiceAccount")
    mounted = {mount["name"] for mount in workload.container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in workload.pod["volumes"]}
    secrets = [volume["secret"]["secretName"] for volume in workload.pod["volumes"] if "secret" in volume]
    assert [secret for secret in secrets if f"secret generic {secret}" not in README] == []


@every_overlay
def test_the_api_wants_keys_and_finds_them_in_the_mounted_secret(overlay: str) -> None:
    api = rendered(overlay).workload("translate-api")
    kept = api.settings()
    assert isinstance(kept, ApiSettings)
    assert kept.api_auth == "api-key"
    assert kept.api_keys_file is not None
    (folder,) = [mount["mountPath"] for mount in api.container["volumeMounts"] if mount["name"] == "api-keys"]
    assert kept.api_keys_file.parent == Path(folder)
    assert f"--from-file={kept.api_keys_file.name}=" in README


@every_overlay
def test_selectors_find_their_pods(overlay: str) -> None:
    manifests = rendered(overlay)
    for workload in manifests.workloads:
        chosen = workload.spec["selector"]["matchLabels"]
        found = [other.name for other in manifests.workloads if chosen.items() <= other.labels.items()]
        assert found == [workload.name]
    api = manifests.workload("translate-api")
    service = manifests.of_kind("Service")[api.name]["spec"]
    assert service["selector"] == api.spec["selector"]["matchLabels"]
    assert [port["targetPort"] for port in service["ports"]] == list(api.ports)
    budget = manifests.of_kind("PodDisruptionBudget")[api.name]["spec"]
    assert budget["selector"]["matchLabels"] == api.spec["selector"]["matchLabels"]


@every_overlay
def test_the_ingress_leads_to_the_api_and_lets_through_what_it_takes(overlay: str) -> None:
    manifests = rendered(overlay)
    ingress = manifests.of_kind("Ingress")["translate-api"]
    ((path,),) = [rule["http"]["paths"] for rule in ingress["spec"]["rules"]]
    backend = path["backend"]["service"]
    ports = manifests.of_kind("Service")[backend["name"]]["spec"]["ports"]
    assert backend["port"]["name"] in [port["name"] for port in ports]
    kept = manifests.workload("translate-api").settings()
    assert isinstance(kept, ApiSettings)
    megabytes = ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    assert int(megabytes.removesuffix("m")) * 1024 * 1024 >= kept.max_upload_bytes


@pytest.mark.parametrize("overlay", ["azure", "local"])
def test_the_image_is_the_projects(overlay: str) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    images = {workload.container["image"] for workload in rendered(overlay).workloads}
    expected = {
        "azure": f"registry.example.com/batch-translation:{version}",
        "local": "batch-translation:local",
    }
    assert images == {expected[overlay]}


def test_on_azure_each_service_has_an_identity_of_its_own() -> None:
    azure = rendered("azure")
    identities = [
        azure.of_kind("ServiceAccount")[name]["metadata"]["annotations"]["azure.workload.identity/client-id"]
        for name in SERVICES
    ]
    assert len(set(identities)) == len(SERVICES)
    # A label of the pod, and a string: https://azure.github.io/azure-workload-identity/docs/topics/
    assert {it.labels["azure.workload.identity/use"] for it in azure.workloads} == {"true"}
    assert azure.of_kind("Secret") == {}


def test_what_an_azure_overlay_has_to_change_stands_in_one_file() -> None:
    folder = KUBERNETES / "overlays" / "azure"
    files = (*folder.iterdir(), *(KUBERNETES / "base").iterdir())
    values = ("examplestorageaccount", "00000000-0000-", "registry.example.com", "cognitiveservices")
    found = {path.name for path in files for value in values if value in path.read_text(encoding="utf-8")}
    assert found == {"kustomization.yaml"}
    told = yaml.safe_dump(rendered("azure").documents)
    assert re.findall(r"local-config|replaced", told) == []


def test_the_local_emulator_is_the_one_of_the_tests_and_everybody_gets_at_it() -> None:
    local = rendered("local")
    azurite = local.of_kind("StatefulSet")["azurite"]["spec"]["template"]
    (container,) = azurite["spec"]["containers"]
    package = yaml.safe_load((HERE / "package.json").read_text(encoding="utf-8"))
    assert container["image"].rpartition(":")[2] == package["devDependencies"]["azurite"]
    service = local.of_kind("Service")["azurite"]
    assert service["spec"]["selector"].items() <= azurite["metadata"]["labels"].items()
    ports = {port["port"] for port in service["spec"]["ports"]}
    secret = local.secret("translate-storage")["AZURE_STORAGE_CONNECTION_STRING"]
    asked = re.findall(r"http://([^:]+):(\d+)/", secret)
    assert {host for host, _ in asked} == {f"azurite.{service['metadata']['namespace']}.svc"}
    assert {int(port) for _, port in asked} == ports == {port["containerPort"] for port in container["ports"]}


def test_the_local_emulator_takes_the_account_from_the_path() -> None:
    """Azurite otherwise takes `azurite`, the part of the host name before its first dot, for the account."""
    (container,) = rendered("local").of_kind("StatefulSet")["azurite"]["spec"]["template"]["spec"][
        "containers"
    ]
    assert "--disableProductStyleUrl" in container["command"]


def test_everything_local_has_room_on_two_cores_and_storage_comes_first() -> None:
    local = rendered("local")
    storage = local.of_kind("StatefulSet")["azurite"]["spec"]["template"]["spec"]
    pods = [storage, *(pod for workload in local.workloads for pod in [workload.pod] * most(workload.name))]
    requests = [pod["containers"][0]["resources"]["requests"] for pod in pods]
    # kind's pods ask for 950; those of KEDA, ingress-nginx and the metrics server for 500.
    assert sum(int(it["cpu"].removesuffix("m")) for it in requests) <= 550
    # A minikube has 4 GB unless asked otherwise, of which the pods named above ask for less than 1 GiB.
    assert sum(int(it["memory"].removesuffix("Mi")) for it in requests) <= 3 * 1024
    assert len(requests) > 2 + 1 + 1 + 1, "more than two workers"
    assert storage["priorityClassName"] in local.of_kind("PriorityClass")
    assert [it.name for it in local.workloads if "priorityClassName" in it.pod] == []


def most(name: str) -> int:
    """The most pods that the local overlay has of a service."""
    local = rendered("local")
    scaled = local.of_kind("ScaledObject")
    largest: int = (
        scaled[name]["spec"]["maxReplicaCount"]
        if name in scaled
        else local.of_kind("HorizontalPodAutoscaler")[name]["spec"]["maxReplicas"]
    )
    return largest
