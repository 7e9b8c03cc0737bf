import json
from pathlib import Path

import pytest

from tests.cluster.callers import INSIDE, pod_of, started
from tests.cluster.cluster import Cluster, Document, until
from tests.cluster.places import make
from tests.cluster.plan import NAMED, NAMESPACE, STRANGERS
from tests.cluster.report import Report
from tests.cluster.stage import Stage
from tests.cluster.workload import PODS, path_of, ready_pods_of

_REACH = Path(INSIDE, "reach.py").read_text(encoding="utf-8")
_PORT = 8000
#: Policies for a new pod are in force a moment after it runs.
_IN_FORCE_SECONDS = 60.0
#: What is reached from where.
_EXPECTED = {
    STRANGERS: set[str](),
    "monitoring": {"api", "dispatcher", "worker"},
    "ingress-nginx": {"api"},
    NAMESPACE: {"azurite"},
}
_DENY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "deny"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
}


async def test_each_namespace_reaches_what_it_may_and_nothing_else(stage: Stage, report: Report) -> None:
    cluster = stage.cluster
    for namespace in (STRANGERS, *NAMED):
        await make(cluster, namespace)
    server = pod_of(STRANGERS, stage.plan.image, "python", "-m", "http.server", str(_PORT))
    stranger = await started(cluster, server)
    if not await _enforced(stage, stranger):
        report.say("policies: this cluster's network does not enforce them, so nothing is checked")
        pytest.skip("network policies are not enforced")
    await _some_worker(stage)
    named = [await started(cluster, pod_of(name, stage.plan.image)) for name in NAMED]
    (dispatcher, *_) = await ready_pods_of(cluster, "dispatcher")
    addresses = await _addresses(cluster)
    for pod in (stranger, *named, dispatcher):
        namespace = pod["metadata"]["namespace"]
        await _until_reached(cluster, pod, addresses, _EXPECTED[namespace])
        report.say(f"policies: from {namespace}: {', '.join(sorted(_EXPECTED[namespace])) or 'nothing'}")


async def _enforced(stage: Stage, server: Document) -> bool:
    """Whether a policy keeps the caller from a server that it reaches without one."""
    address = f"{server['status']['podIP']}:{_PORT}"

    async def reached() -> bool:
        return address in await _reached(stage.cluster, stage.caller.pod, {address: address})

    async def blocked() -> bool:
        return not await reached()

    await until("a server without a policy is reached", reached, _IN_FORCE_SECONDS)
    await stage.cluster.create(f"/apis/networking.k8s.io/v1/namespaces/{STRANGERS}/networkpolicies", _DENY)
    try:
        await until("a policy is in force", blocked, _IN_FORCE_SECONDS)
    except AssertionError:
        return False
    return True


async def _some_worker(stage: Stage) -> None:
    """A job of one file brings a worker, where there is none."""
    await stage.caller.run("upload", "one", "1", seconds=60)
    request = {"source_container": "one", "target_container": "one-es", "target_languages": ["es"]}
    await stage.caller.job(request, 300)

    async def there() -> bool:
        return bool(await ready_pods_of(stage.cluster, "worker"))

    await until("a worker is ready", there, 120)


async def _addresses(cluster: Cluster) -> dict[str, str]:
    """The address of a pod of each kind."""
    found = {}
    for pod in await cluster.items(PODS):
        name = pod["metadata"]["labels"]["app.kubernetes.io/name"].removeprefix("translate-")
        if "deletionTimestamp" not in pod["metadata"] and "podIP" in pod["status"]:
            port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
            found[name] = f"{pod['status']['podIP']}:{port}"
    assert found.keys() == {"api", "dispatcher", "worker", "azurite"}
    return found


async def _until_reached(
    cluster: Cluster, pod: Document, addresses: dict[str, str], expected: set[str]
) -> None:
    seen = set[str]()

    async def as_expected() -> bool:
        nonlocal seen
        seen = await _reached(cluster, pod, addresses)
        return seen == expected

    try:
        await until("policies are in force", as_expected, _IN_FORCE_SECONDS)
    except AssertionError:
        raise AssertionError(f"{path_of(pod)} reaches {sorted(seen)}, not {sorted(expected)}") from None


async def _reached(cluster: Cluster, pod: Document, addresses: dict[str, str]) -> set[str]:
    printed = await cluster.run(pod, "python", "-c", _REACH, *addresses.values(), seconds=60)
    answers = json.loads(printed)
    # No policy keeps a pod from itself.
    own = pod["status"]["podIP"]
    return {name for name, it in addresses.items() if answers[it] and it.partition(":")[0] != own}
