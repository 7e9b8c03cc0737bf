"""A worker whose engine ends the process, as a crash in a native library would, when it meets one text."""

import asyncio
import os
from collections.abc import Sequence

from libs.common.deployment import open_deployment
from libs.common.runtime.health import health_server
from libs.common.runtime.logs import configure_logs
from libs.common.runtime.process import run_until_stopped
from libs.common.settings import WorkerSettings, load
from libs.jobs.documents import bench_of
from libs.translation.engines import open_engine
from libs.translation.engines.engine import Direction, Translated, Wish
from libs.translation.segments import Segment, text_of
from services.worker.resources import assembled

DEADLY, SLOW = "deadly", "slow"


class DeadlyEngine:
    """Copies, but dies of `DEADLY`, and takes longer than that for what is `SLOW`."""

    detects = False
    option_names: frozenset[str] = frozenset()
    deterministic = True
    native_terms = False

    def __init__(self) -> None:
        self._copy = open_engine("copy")
        self.name, self.version, self.limits = "copy", "1", self._copy.limits

    def directions(self) -> frozenset[Direction] | None:
        return None

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        if any(DEADLY in text_of(segment) for segment in segments):
            await asyncio.sleep(0.5)
            os._exit(66)
        if any(SLOW in text_of(segment) for segment in segments):
            await asyncio.sleep(1.5)
        return await self._copy.translate(segments, wish)

    async def close(self) -> None:
        await self._copy.close()


async def main(stop: asyncio.Event) -> None:
    settings = load(WorkerSettings)
    configure_logs(settings, "worker")
    async with (
        open_deployment(settings) as deployment,
        bench_of(settings) as bench,
        assembled(settings, deployment, bench, DeadlyEngine()) as worker,
        health_server(settings, deployment.ready),
    ):
        await worker.run(stop)


if __name__ == "__main__":
    run_until_stopped(main)
