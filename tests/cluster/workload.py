"""The pods of the system, and how they stand."""

from tests.cluster.cluster import Cluster, Document
from tests.cluster.plan import NAMESPACE, SERVICES

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
NAME = "app.kubernetes.io/name"


def workload(service: str) -> str:
    return f"translate-{service}"


async def pods_of(cluster: Cluster, service: str) -> list[Document]:
    """The pods of a service that nobody has asked to end."""
    found = await cluster.items(PODS, {NAME: workload(service)})
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


async def ready_pods_of(cluster: Cluster, service: str) -> list[Document]:
    return [pod for pod in await pods_of(cluster, service) if is_ready(pod)]


async def counts(cluster: Cluster) -> dict[str, int]:
    """How many pods of each service are ready."""
    return {service: len(await ready_pods_of(cluster, service)) for service in SERVICES}


async def restarts(cluster: Cluster) -> int:
    """How often a container of the services' pods was started again."""
    pods = [pod for service in SERVICES for pod in await pods_of(cluster, service)]
    return sum(restarts_of(pod) for pod in pods)


def is_ready(pod: Document) -> bool:
    conditions = {it["type"]: it["status"] for it in pod["status"].get("conditions", ())}
    return "deletionTimestamp" not in pod["metadata"] and conditions.get("Ready") == "True"


def restarts_of(pod: Document) -> int:
    return sum(it["restartCount"] for it in pod["status"].get("containerStatuses", ()))


def waiting_for(pod: Document) -> str:
    """Why a container of the pod does not run, in the kubelet's word; empty: it runs, or was not begun."""
    states = [it["state"] for it in pod["status"].get("containerStatuses", ())]
    return " ".join(state["waiting"].get("reason", "") for state in states if "waiting" in state)


def path_of(pod: Document) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
