"""The overlays as kustomize renders them, and what their containers are given."""

import subprocess
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.local.places import ROOT
from libs.common.settings import ServiceSettings
from tests.conftest import missing
from tests.unit.deploy.services import service_of, settings_of

KUBERNETES = ROOT / "deploy" / "k8s"
KUBECTL = Path(sysconfig.get_path("scripts")) / "kubectl"
OVERLAYS = sorted(path.parent.name for path in KUBERNETES.glob("overlays/*/kustomization.yaml"))
SERVICES = ("translate-api", "translate-dispatcher", "translate-worker")
Document = dict[str, Any]


@cache
def rendered(overlay: str) -> "Manifests":
    if not KUBECTL.is_file():
        missing("kubectl")
    # Rendering asks no cluster, and without an environment it knows of none.
    command = [str(KUBECTL), "kustomize", str(KUBERNETES / "overlays" / overlay)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env={})
    assert told.returncode == 0, told.stderr
    return Manifests([document for document in yaml.safe_load_all(told.stdout) if document])


@dataclass(frozen=True, slots=True)
class Manifests:
    documents: list[Document]

    def of_kind(self, kind: str) -> dict[str, Document]:
        """By name."""
        return {it["metadata"]["name"]: it for it in self.documents if it["kind"] == kind}

    def data_of(self, reference: Document) -> dict[str, str]:
        """What an entry of a container's `envFrom` brings; the overlay has to have it."""
        ((kind, named),) = reference.items()
        if kind == "configMapRef":
            data: dict[str, str] = self.of_kind("ConfigMap")[named["name"]]["data"]
            return data
        assert kind == "secretRef"
        return self.secret(named["name"])

    def secret(self, name: str) -> dict[str, str]:
        """The secrets of an overlay in the open, which only the public key of an emulator may be."""
        data = self.of_kind("Secret")[name]["data"]
        return {key: yaml.safe_load(f"!!binary {value}").decode() for key, value in data.items()}

    def workload(self, name: str) -> "Workload":
        return Workload(self, name, self.of_kind("Deployment")[name]["spec"])

    @property
    def workloads(self) -> list["Workload"]:
        return [self.workload(name) for name in self.of_kind("Deployment")]


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment of one container."""

    manifests: Manifests
    name: str
    spec: Document

    @property
    def pod(self) -> Document:
        pod: Document = self.spec["template"]["spec"]
        return pod

    @property
    def container(self) -> Document:
        (container,) = self.pod["containers"]
        found: Document = container
        return found

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.spec["template"]["metadata"]["labels"]
        return labels

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container.get("ports", ())}

    def settings(self) -> ServiceSettings:
        environment: dict[str, str] = {}
        for source in self.container["envFrom"]:
            environment |= self.manifests.data_of(source)
        environment |= {variable["name"]: variable["value"] for variable in self.container["env"]}
        return settings_of(service_of(self.container["args"]), environment)
