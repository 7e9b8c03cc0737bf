"""What may reach whom: nothing but what a service needs, and that."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.deploy.manifests import OVERLAYS, SERVICES, Document, rendered

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)
SCRAPER = {"kubernetes.io/metadata.name": "monitoring"}


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
        own = set(rendered(overlay).workload(name).ports)
        entries = [
            (tuple(sorted(own & {port["port"] for port in rule["ports"]})), source["namespaceSelector"])
            for rule in rules(overlay, name, "ingress")
            for source in rule["from"]
        ]
        # /metrics is on the port of the probes; the API has only one.
        assert (tuple(own), {"matchLabels": SCRAPER}) in entries
        assert len(entries) == (2 if name == "translate-api" else 1)


def test_azurite_is_reached_by_the_services_and_by_keda_alone() -> None:
    labels = rendered("local").of_kind("StatefulSet")["azurite"]["spec"]["template"]["metadata"]["labels"]
    sources = [source for rule in chosen("local", labels, "ingress") for source in rule["from"]]
    keda = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}
    assert sources == [{"podSelector": {}}, keda]


def rules(overlay: str, name: str, direction: str) -> list[Document]:
    return list(chosen(overlay, rendered(overlay).workload(name).labels, direction))


def chosen(overlay: str, labels: dict[str, str], direction: str) -> Iterator[dict[str, Any]]:
    """The rules of all policies that choose a pod with these labels."""
    for policy in rendered(overlay).of_kind("NetworkPolicy").values():
        selector = policy["spec"]["podSelector"].get("matchLabels", {})
        if selector.items() <= labels.items():
            yield from policy["spec"].get(direction, ())
