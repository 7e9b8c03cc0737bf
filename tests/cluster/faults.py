"""What can happen to a pod, done through the cluster's API."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from kr8s import ServerError

from tests.cluster.callers import INSIDE
from tests.cluster.cluster import Cluster, CommandBroke, Document, status_of
from tests.cluster.workload import path_of, restarts_of

#: Process 1 is tini, which ends with its child; the kernel protects process 1 itself from those inside.
_KILL = ("sh", "-c", "kill -9 $(cat /proc/1/task/1/children)")
_HOG = Path(INSIDE, "hog.py").read_text(encoding="utf-8")
_COMMAND_SECONDS, _SEEN_SECONDS = 120.0, 60.0
_TOO_MANY_REQUESTS = 429
#: False: it did not happen, because the pod was gone or may not go now.
Fault = Callable[[Cluster, Document], Awaitable[bool]]


async def kill(cluster: Cluster, pod: Document) -> bool:
    """SIGKILL to the service."""
    return await _ends_by(cluster, pod, *_KILL) is not None


async def force(cluster: Cluster, pod: Document) -> bool:
    """The pod is deleted without a moment to end."""
    return await cluster.remove(path_of(pod), grace=0)


async def delete(cluster: Cluster, pod: Document) -> bool:
    """The pod is deleted with its time to end."""
    return await cluster.remove(path_of(pod))


async def evict(cluster: Cluster, pod: Document) -> bool:
    """As a node does that is drained: a disruption budget may refuse it."""
    name = {key: pod["metadata"][key] for key in ("name", "namespace")}
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": name}
    try:
        await cluster.create(f"{path_of(pod)}/eviction", eviction)
    except ServerError as error:
        if status_of(error) in {404, _TOO_MANY_REQUESTS}:
            return False
        raise
    return True


async def exhaust(cluster: Cluster, pod: Document) -> Document | None:
    """The pod's memory is filled until the kernel ends the service; gives how the container ended."""
    return await _ends_by(cluster, pod, "python", "-c", _HOG)


#: What a storm is made of.
STORM: dict[str, Fault] = {"killed": kill, "forced": force, "deleted": delete, "evicted": evict}


async def _ends_by(cluster: Cluster, pod: Document, *command: str) -> Document | None:
    """How the container ended by a command in it; None where it goes on."""
    before = restarts_of(pod)
    # The command ends with its container: the pod's state says what happened.
    with suppress(CommandBroke):
        await cluster.run(pod, *command, seconds=_COMMAND_SECONDS)
    for _ in range(int(_SEEN_SECONDS * 2)):
        found = await cluster.find(path_of(pod))
        if found is None:
            return None
        for status in found["status"].get("containerStatuses", ()):
            ended = status["state"].get("terminated") or status.get("lastState", {}).get("terminated")
            if ended and (restarts_of(found) > before or "terminated" in status["state"]):
                return dict(ended)
        await asyncio.sleep(0.5)
    return None
