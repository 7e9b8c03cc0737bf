"""Rolling updates: every pod of a service is replaced, as a new image or setting would."""

from datetime import UTC, datetime

from tests.cluster.cluster import Cluster, until
from tests.cluster.workload import DEPLOYMENTS, workload

_SECONDS = 600.0


async def roll(cluster: Cluster, service: str) -> None:
    """As `kubectl rollout restart` and `kubectl rollout status` do."""
    path = f"{DEPLOYMENTS}/{workload(service)}"
    now = {"kubectl.kubernetes.io/restartedAt": datetime.now(UTC).isoformat()}
    await cluster.patch(path, {"spec": {"template": {"metadata": {"annotations": now}}}})

    async def complete() -> bool:
        found = await cluster.get(path)
        status, wanted = found["status"], found["spec"]["replicas"]
        return bool(status["observedGeneration"] >= found["metadata"]["generation"]) and all(
            status.get(name, 0) == wanted for name in ("replicas", "updatedReplicas", "availableReplicas")
        )

    await until(f"{service} is rolled", complete, _SECONDS)
