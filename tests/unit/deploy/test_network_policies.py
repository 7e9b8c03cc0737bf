"""What may reach whom: nothing but what a service needs, and that."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.deploy.manifests import OVERLAYS, SERVICES, Document, rendered

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)
CONTROLLERS = ("ingress-nginx", "app-routing-system")
NAMESPACE = "kubernetes.io/metadata.name"


@every_overlay
def test_everything_is_denied_that_no_other_policy_allows(overlay: str) -> None:
    deny = rendered(overlay).of_kind("NetworkPolicy")["default-deny"]["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@every_overlay
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_out_to_dns_and_https_alone(overlay: str, name: str) -> None:
    reached = {port["port"] for rule in rules(overlay, name, "egress") for port in rule["ports"]}
    has_emulator = "azurite" in rendered(overlay).of_kind("StatefulSet")
    assert reached == {53, 443} | ({"blob", "queue", "table"} if has_emulator else set())


@every_overlay
def test_from_outside_only_the_ingress_controller_and_prometheus_get_in(overlay: str) -> None:
    for name in SERVICES:
        (port,) = rendered(overlay).workload(name).ports
        entries = {
            namespace: {its["port"] for its in rule["ports"]}
            for rule in rules(overlay, name, "ingress")
            for source in rule["from"]
            for namespace in namespaces(source["namespaceSelector"])
        }
        # /metrics is on the port of the probes; the API has only one.
        assert port in entries.pop("monitoring")
        assert entries == {it: {"http"} for it in (CONTROLLERS if name == "translate-api" else ())}


def test_azurite_is_reached_by_the_services_and_by_keda_alone() -> None:
    labels = rendered("local").of_kind("StatefulSet")["azurite"]["spec"]["template"]["metadata"]["labels"]
    sources = [source for rule in chosen("local", labels, "ingress") for source in rule["from"]]
    keda = {"namespaceSelector": {"matchLabels": {NAMESPACE: "keda"}}}
    assert sources == [{"podSelector": {}}, keda]


def namespaces(selector: Document) -> list[str]:
    """The namespaces a selector names; it has to name them."""
    ((key, names),) = [*selector.get("matchLabels", {}).items()] or [
        (it["key"], it["values"]) for it in selector["matchExpressions"] if it["operator"] == "In"
    ]
    assert key == NAMESPACE
    return [names] if isinstance(names, str) else list(names)


def rules(overlay: str, name: str, direction: str) -> list[Document]:
    return list(chosen(overlay, rendered(overlay).workload(name).labels, direction))


def chosen(overlay: str, labels: dict[str, str], direction: str) -> Iterator[dict[str, Any]]:
    """The rules of all policies that choose a pod with these labels."""
    for policy in rendered(overlay).of_kind("NetworkPolicy").values():
        selector = policy["spec"]["podSelector"].get("matchLabels", {})
        if selector.items() <= labels.items():
            yield from policy["spec"].get(direction, ())
