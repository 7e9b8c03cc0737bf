"""The Kubernetes base as documents, and what its containers are given."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from deploy.local.places import ROOT
from libs.common.settings import ServiceSettings
from tests.unit.deploy.services import service_of, settings_of

BASE = ROOT / "deploy" / "k8s" / "base"
Document = dict[str, Any]


def documents_in(text: str) -> list[Document]:
    return [document for document in yaml.safe_load_all(text) if document]


KUSTOMIZATION = documents_in((BASE / "kustomization.yaml").read_text(encoding="utf-8"))[0]
FILES = sorted(path for path in BASE.glob("*.yaml") if path.name != "kustomization.yaml")
DOCUMENTS = [document for path in FILES for document in documents_in(path.read_text(encoding="utf-8"))]


def of_kind(kind: str) -> dict[str, Document]:
    """By name."""
    return {name_of(document): document for document in DOCUMENTS if document["kind"] == kind}


def name_of(document: Document) -> str:
    name: str = document["metadata"]["name"]
    return name


def config_maps() -> dict[str, dict[str, str]]:
    """What the kustomization generates."""
    return {
        generator["name"]: dict(
            pair for path in generator["envs"] for pair in _variables((BASE / path).read_text("utf-8"))
        )
        for generator in KUSTOMIZATION["configMapGenerator"]
    }


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment of one container."""

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
        shared = config_maps()
        environment: dict[str, str] = {}
        for source in self.container["envFrom"]:
            environment |= shared[source["configMapRef"]["name"]]
        environment |= {variable["name"]: variable["value"] for variable in self.container["env"]}
        return settings_of(service_of(self.container["args"]), environment)


def workloads() -> dict[str, Workload]:
    return {name: Workload(name, found["spec"]) for name, found in of_kind("Deployment").items()}


def _variables(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name, value
