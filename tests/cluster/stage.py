"""The stage: the local overlay in a namespace made by hand, and a caller that may reach the API."""

import secrets
import time
from dataclasses import dataclass

from tests.cluster import kubectl
from tests.cluster.callers import Caller, make_caller, pod_of
from tests.cluster.claim import claim
from tests.cluster.cluster import Cluster, Document, until
from tests.cluster.places import make
from tests.cluster.plan import CALLERS, NAMESPACE, SERVICES, Plan
from tests.cluster.problems import Missing
from tests.cluster.workload import PODS, pods_of, ready_pods_of, waiting_for

_KEYS = "batch-translation-api-keys"
_UP_SECONDS = 300.0
#: A volume that is made for the claim may take this long.
_PLACED_SECONDS = 90.0
#: Lets the caller reach the API, which otherwise an ingress controller alone may.
_POLICY: Document = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "allow-cluster-check"},
    "spec": {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "translate-api"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": CALLERS}}}],
                "ports": [{"protocol": "TCP", "port": "http"}],
            }
        ],
    },
}


@dataclass(slots=True)
class Stage:
    """What the scenes play on. ``said`` is what kubectl said when it applied the overlay."""

    cluster: Cluster
    plan: Plan
    caller: Caller
    said: str = ""


async def set_up(cluster: Cluster, plan: Plan) -> str:
    """Everything up to three services that run; gives what kubectl said. Raises Missing, AssertionError."""
    key = secrets.token_hex(24)
    for name in (CALLERS, NAMESPACE):
        await make(cluster, name)
    await claim(cluster)
    await make_caller(cluster, plan.image, key)
    keys = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": _KEYS}}
    await cluster.create(
        f"/api/v1/namespaces/{NAMESPACE}/secrets", {**keys, "stringData": {"keys": f"check:write:{key}"}}
    )
    said = _apply(plan.image)
    await cluster.create(f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies", _POLICY)
    await _wait_for_storage(cluster)
    await until_ready(cluster, _UP_SECONDS)
    return said


async def stage_of(cluster: Cluster, plan: Plan, said: str) -> Stage:
    """The stage that `set_up` left."""
    pod = pod_of(CALLERS, plan.image)["metadata"]
    found = await cluster.get(f"/api/v1/namespaces/{CALLERS}/pods/{pod['name']}")
    return Stage(cluster, plan, Caller(cluster, found), said)


async def until_ready(cluster: Cluster, seconds: float) -> float:
    """Until every pod that there is of every service is ready, an API and a dispatcher at least."""

    async def ready() -> bool:
        there = {service: await pods_of(cluster, service) for service in SERVICES}
        answering = {service: await ready_pods_of(cluster, service) for service in SERVICES}
        return bool(there["api"] and there["dispatcher"]) and all(
            len(there[service]) == len(answering[service]) for service in SERVICES
        )

    return await until("every pod of every service is ready", ready, seconds)


def _apply(image: str) -> str:
    with kubectl.over("local", images=[kubectl.image(image)]) as folder:
        applied = kubectl.apply(folder)
    assert applied.returncode == 0, applied.stderr
    return applied.stdout + applied.stderr


async def _wait_for_storage(cluster: Cluster) -> None:
    began = time.monotonic()

    async def answers() -> bool:
        pods = await cluster.items(PODS, {"app.kubernetes.io/name": "azurite"})
        if not pods:
            return False
        pod = pods[0]
        if (unplaced := _unplaced(pod)) and time.monotonic() - began > _PLACED_SECONDS:
            raise Missing(f"the cluster has no room or no volume for Azurite: {unplaced}")
        if (reason := waiting_for(pod)) in {"ErrImagePull", "ImagePullBackOff"}:
            image = pod["spec"]["containers"][0]["image"]
            raise Missing(f"the cluster's nodes do not have the image {image} ({reason}), and cannot pull it")
        return any(it["ready"] for it in pod["status"].get("containerStatuses", ()))

    await until("Azurite answers", answers, _UP_SECONDS)


def _unplaced(pod: Document) -> str:
    """Why no node has the pod yet, in the scheduler's words; empty: one has."""
    conditions = {it["type"]: it for it in pod["status"].get("conditions", ())}
    placed = conditions.get("PodScheduled", {"status": "True"})
    return "" if placed["status"] == "True" else str(placed.get("message", placed.get("reason", "")))
