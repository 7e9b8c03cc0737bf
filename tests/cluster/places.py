"""The namespaces of a run: made with a mark, removed at the end, and by the next run where that failed."""

from collections.abc import Sequence

from tests.cluster.cluster import Cluster, Document, until
from tests.cluster.plan import CALLERS, MARK, NAMED, NAMESPACE, STRANGERS

_NAMESPACES = "/api/v1/namespaces"
_ALL = (NAMESPACE, CALLERS, STRANGERS, *NAMED)
_PRIORITY = "/apis/scheduling.k8s.io/v1/priorityclasses/batch-translation-storage"
#: Of a node that a scene closed.
CLOSED = "batch-translation-cluster-check/closed"
_GONE_SECONDS = 300.0
_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


async def make(cluster: Cluster, name: str) -> None:
    """The namespace, where it is missing."""
    path = f"{_NAMESPACES}/{name}"
    if await cluster.find(path) is None:
        labels = {**MARK, **_RESTRICTED}
        await cluster.create(
            _NAMESPACES,
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
        )


async def remove_all(cluster: Cluster) -> None:
    """Everything that the check made, whether this run did or one before it."""
    for node in await cluster.items("/api/v1/nodes"):
        if CLOSED in node["metadata"].get("annotations", {}):
            await open_node(cluster, node)
    for name in NAMED:
        # These two may have been there before: then only the check's pods in them go.
        for pod in await _ours(cluster, name):
            await cluster.remove(f"{_NAMESPACES}/{name}/pods/{pod}", grace=0)
    removed = [name for name in _ALL if await _remove(cluster, name)]
    await cluster.remove(_PRIORITY)
    await _wait_until_gone(cluster, removed)


async def open_node(cluster: Cluster, node: Document) -> None:
    """Pods may come to a node again that `close_node` closed."""
    change = {"metadata": {"annotations": {CLOSED: None}}, "spec": {"unschedulable": None}}
    await cluster.patch(f"/api/v1/nodes/{node['metadata']['name']}", change)


async def close_node(cluster: Cluster, node: Document) -> None:
    change = {"metadata": {"annotations": {CLOSED: "true"}}, "spec": {"unschedulable": True}}
    await cluster.patch(f"/api/v1/nodes/{node['metadata']['name']}", change)


async def _ours(cluster: Cluster, namespace: str) -> list[str]:
    pods = await cluster.items(f"{_NAMESPACES}/{namespace}/pods", MARK)
    return [pod["metadata"]["name"] for pod in pods]


async def _remove(cluster: Cluster, name: str) -> bool:
    found = await cluster.find(f"{_NAMESPACES}/{name}")
    if found is None or not MARK.items() <= found["metadata"].get("labels", {}).items():
        return False
    await cluster.remove(f"{_NAMESPACES}/{name}")
    # A worker that drains would hold its namespace for minutes.
    for pod in await cluster.items(f"{_NAMESPACES}/{name}/pods"):
        await cluster.remove(f"{_NAMESPACES}/{name}/pods/{pod['metadata']['name']}", grace=0)
    return True


async def _wait_until_gone(cluster: Cluster, names: Sequence[str]) -> None:
    async def gone() -> bool:
        found = [await cluster.find(f"{_NAMESPACES}/{name}") for name in names]
        return found == [None] * len(found)

    await until(f"the namespaces {', '.join(names)} are gone", gone, _GONE_SECONDS)
