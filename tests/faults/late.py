"""All three services started while storage is away for minutes: how soon after its return they are ready."""

import asyncio
import time
from dataclasses import dataclass

from deploy.local.azurite import Ports, azurite, connection_string
from deploy.local.ports import free_ports
from tests.e2e.starting import SOON, all_ready, started


@dataclass(frozen=True, slots=True)
class Late:
    """``ready`` is seconds from storage's return to each service's readiness, without a restart."""

    seconds: float
    refused: int
    ready: dict[str, float]

    @property
    def in_time(self) -> bool:
        return max(self.ready.values()) <= SOON

    def __str__(self) -> str:
        ready = ", ".join(f"{name} {taken:g} s" for name, taken in self.ready.items())
        return (
            f"storage away for {self.seconds:g} s at the start: {self.refused} probes answered unavailable, "
            f"ready after its return: {ready}"
        )


async def run_late(seconds: float) -> Late:
    """Services that wait for so long; each look at them finds them alive."""
    ports = Ports(*free_ports(3))
    refused = 0
    async with started({"AZURE_STORAGE_CONNECTION_STRING": connection_string(ports)}) as services:
        await asyncio.gather(*(service.waits("storage to answer") for service in services))
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            await asyncio.sleep(1)
            for service in services:
                assert (await service.get("/healthz"))[0] == 200, f"{service.name} does not live"
                refused += (await service.get("/readyz"))[0] == 503
        async with azurite(ports):
            ready = await all_ready(services, time.monotonic())
    return Late(seconds, refused, ready)
