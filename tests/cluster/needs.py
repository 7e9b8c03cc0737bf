"""What has to be there before anything is made: a cluster, KEDA, metrics, room, and nobody's namespace."""

import re

import httpx
import kr8s
from kr8s import ServerError

from tests.cluster.claim import check_unclaimed
from tests.cluster.cluster import Cluster, Document
from tests.cluster.plan import MARK, NAMESPACE
from tests.cluster.problems import Missing

#: What Azurite, one pod of each service and the check's own pods ask for.
_CPU, _MEMORY = 0.35, 1200 * 2**20
_UNITS = {
    "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30,
    "m": 1e-3, "u": 1e-6, "n": 1e-9,
}  # fmt: skip
_KEDA = (
    "the cluster has no KEDA 2.17 or newer: helm install keda kedacore/keda --namespace keda "
    "--create-namespace (https://keda.sh/docs/2.17/deploy/)"
)
_METRICS = (
    "the cluster has no metrics server: kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/"
    "releases/latest/download/components.yaml, or minikube addons enable metrics-server"
)
UNREACHABLE = (httpx.HTTPError, OSError, ValueError, kr8s.ConnectionClosedError, kr8s.APITimeoutError)
NO_CLUSTER = (
    "kubectl reaches no cluster ({}): start one, for example with kind create cluster or minikube start, "
    "and let KUBECONFIG name its file"
)


async def check_needs(cluster: Cluster) -> None:
    """Raises Missing."""
    if (
        await cluster.find("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/scaledobjects.keda.sh")
        is None
    ):
        raise Missing(_KEDA)
    if not await _serves(cluster, "/apis/external.metrics.k8s.io/v1beta1"):
        raise Missing(f"KEDA's metrics server does not answer; {_KEDA}")
    if not await _serves(cluster, "/apis/metrics.k8s.io/v1beta1/nodes"):
        raise Missing(_METRICS)
    await _check_namespace(cluster)
    await check_unclaimed(cluster)


async def described(cluster: Cluster) -> str:
    """What this ran on, in a line."""
    nodes = await cluster.items("/api/v1/nodes")
    info = nodes[0]["status"]["nodeInfo"]
    version = await cluster.version()
    cores = sum(quantity(node["status"]["capacity"]["cpu"]) for node in nodes)
    memory = sum(quantity(node["status"]["capacity"]["memory"]) for node in nodes) / 2**30
    runtime = info["containerRuntimeVersion"].replace("://", " ")
    count = f"{len(nodes)} node{'s' if len(nodes) > 1 else ''}"
    return f"Kubernetes {version}, {count} with {cores:g} cores and {memory:.0f} GiB, {runtime}"


def quantity(text: str) -> float:
    """A quantity as Kubernetes writes it: ``250m``, ``1Gi``."""
    match = re.fullmatch(r"([\d.]+)([A-Za-z]*)", text)
    assert match, text
    return float(match[1]) * _UNITS[match[2]]


async def _serves(cluster: Cluster, path: str) -> bool:
    try:
        return await cluster.find(path) is not None
    except ServerError:
        # 503: the API server knows of it and does not reach it.
        return False


async def _check_namespace(cluster: Cluster) -> None:
    found = await cluster.find(f"/api/v1/namespaces/{NAMESPACE}")
    if found is not None and not MARK.items() <= found["metadata"].get("labels", {}).items():
        raise Missing(
            f"the namespace {NAMESPACE} is there already, and the check makes and removes one of that name: "
            "run it on a cluster on which nobody works"
        )


async def check_room(cluster: Cluster) -> None:
    """Raises Missing. What an earlier run left is to be removed before."""
    taken = {"cpu": 0.0, "memory": 0.0}
    for pod in await cluster.items("/api/v1/pods"):
        if pod["status"].get("phase") in {"Pending", "Running"}:
            for container in pod["spec"]["containers"]:
                for name in taken:
                    taken[name] += quantity(container.get("resources", {}).get("requests", {}).get(name, "0"))
    nodes = [node for node in await cluster.items("/api/v1/nodes") if not node["spec"].get("unschedulable")]
    free = {name: sum(_allocatable(node, name) for node in nodes) - taken[name] for name in taken}
    if free["cpu"] < _CPU or free["memory"] < _MEMORY:
        raise Missing(
            f"the cluster has no room: {free['cpu']:.2f} cores and {free['memory'] / 2**20:.0f} MiB are "
            f"not asked for by others, and {_CPU:.2f} cores and {_MEMORY / 2**20:.0f} MiB are needed at least"
        )


def _allocatable(node: Document, name: str) -> float:
    return quantity(node["status"]["allocatable"][name])
