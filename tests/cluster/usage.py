"""What the services use, as the cluster's metrics server measures it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import mean

from tests.cluster.cluster import BROKEN, Cluster, Document
from tests.cluster.needs import quantity
from tests.cluster.plan import NAMESPACE

_METRICS = f"/apis/metrics.k8s.io/v1beta1/namespaces/{NAMESPACE}/pods"
_NAME = "app.kubernetes.io/name"
#: The metrics server measures every 15 seconds as it comes.
_EVERY = 5.0
#: What was measured in the block is published so much later at most.
_LATE_SECONDS = 40.0


@dataclass(slots=True)
class Usage:
    """By service: what a pod used at each measurement; cores and bytes by pod and time."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: None: the block still runs.
    ended: datetime | None = None
    cores: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    memory: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """A line a service: its pods, and what one of them used."""
        return [self._line(service) for service in sorted(self.cores)]

    async def follow(self, cluster: Cluster) -> None:
        while True:
            with suppress(*BROKEN):
                self.take(await cluster.items(_METRICS))
            await asyncio.sleep(_EVERY)

    def take(self, pods: Sequence[Document]) -> None:
        """What the metrics server gives, of which the measurements of the block count."""
        for pod in pods:
            if not self._is_of_block(datetime.fromisoformat(pod["timestamp"])):
                continue
            service = pod["metadata"]["labels"].get(_NAME, "").removeprefix("translate-")
            key = (pod["metadata"]["name"], pod["timestamp"])
            used = [container["usage"] for container in pod["containers"]]
            self.cores.setdefault(service, {})[key] = sum(quantity(it["cpu"]) for it in used)
            self.memory.setdefault(service, {})[key] = sum(quantity(it["memory"]) for it in used)

    def _is_of_block(self, at: datetime) -> bool:
        return self.began <= at and (self.ended is None or at <= self.ended)

    def _line(self, service: str) -> str:
        cores, memory = self.cores[service].values(), self.memory[service].values()
        pods = len({pod for pod, _ in self.cores[service]})
        return (
            f"{service:<10} {pods} pods; a pod: {mean(cores) * 1000:.0f}m cores, {max(cores) * 1000:.0f}m at "
            f"most, {max(memory) / 2**20:.0f} MiB at most"
        )


@asynccontextmanager
async def usage(cluster: Cluster) -> AsyncIterator[Usage]:
    """What is used while the block runs. It ends when the last measurement is published."""
    measured = Usage()
    following = asyncio.create_task(measured.follow(cluster))
    try:
        yield measured
        measured.ended = datetime.now(UTC)
        await asyncio.sleep(_LATE_SECONDS)
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
