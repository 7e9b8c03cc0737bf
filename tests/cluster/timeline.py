"""How many pods there were, and when."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.cluster.cluster import BROKEN, Cluster
from tests.cluster.workload import pods_of, ready_pods_of


class Timeline:
    """Changes in the number of a service's pods; seconds count from the beginning of the block."""

    def __init__(self, cluster: Cluster, service: str) -> None:
        self.changes: list[tuple[float, int, int]] = []
        self._cluster = cluster
        self._service = service
        self._began = time.monotonic()

    @property
    def most(self) -> int:
        """The most pods that were ready at once."""
        return max((ready for _, _, ready in self.changes), default=0)

    @property
    def now(self) -> int:
        """How many pods there are, ready or not."""
        return self.changes[-1][1] if self.changes else 0

    def __str__(self) -> str:
        return ", ".join(f"{there} ({ready} ready) at {at:.0f} s" for at, there, ready in self.changes)

    async def follow(self) -> None:
        while True:
            with suppress(*BROKEN):
                there = len(await pods_of(self._cluster, self._service))
                ready = len(await ready_pods_of(self._cluster, self._service))
                if not self.changes or self.changes[-1][1:] != (there, ready):
                    self.changes.append((time.monotonic() - self._began, there, ready))
            await asyncio.sleep(1)


@asynccontextmanager
async def timeline(cluster: Cluster, service: str) -> AsyncIterator[Timeline]:
    followed = Timeline(cluster, service)
    following = asyncio.create_task(followed.follow())
    try:
        yield followed
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
