"""Jobs over one source of made documents, each compared with what a run without faults wrote."""

import asyncio
import time
from collections.abc import Callable

from tests.cluster.cluster import Document
from tests.cluster.report import Report
from tests.cluster.stage import Stage

SOURCE, CALM = "made", "made-calm"
#: How long a job may take: a bound on waiting, and no promise.
_JOB_SECONDS = 1800.0


class Jobs:
    def __init__(self, stage: Stage, report: Report) -> None:
        self._stage = stage
        self._report = report
        self._uploaded = False
        self._ran_calm = False
        self._calm: dict[str, str] | None = None

    async def upload(self) -> None:
        """The source, once a run."""
        if not self._uploaded:
            await self._stage.caller.run("upload", SOURCE, str(self._stage.plan.files), seconds=600)
            self._uploaded = True

    async def run(self, target: str, on_job: Callable[[Document], None] | None = None) -> Document:
        """A job from the source into a container, as it ended: every file must have succeeded."""
        await self.upload()
        request = {"source_container": SOURCE, "target_container": target, "target_languages": ["es"]}
        began = time.monotonic()
        job = await self._stage.caller.job(request, _JOB_SECONDS, on_job)
        self._ran_calm = self._ran_calm or target == CALM
        job["seconds"] = time.monotonic() - began
        ends = {name: job[name] for name in ("status", "processed_files", "total_files")}
        files = self._stage.plan.files
        assert ends == {"status": "completed", "processed_files": files, "total_files": files}, job
        return job

    async def calm(self) -> dict[str, str]:
        """What a run without faults writes: its files' digests."""
        if self._calm is None:
            # The scene of scaling has run it, where it came before.
            if not self._ran_calm:
                await self.run(CALM)
            self._calm = await self._stage.caller.digests(CALM)
            assert len(self._calm) == self._stage.plan.files
        return self._calm

    async def check(self, *targets: str) -> str:
        """What was compared; raises AssertionError where a byte differs from the run without faults."""
        calm = await self.calm()
        for digests in await asyncio.gather(*(self._stage.caller.digests(target) for target in targets)):
            differing = [name for name in calm.keys() | digests.keys() if calm.get(name) != digests.get(name)]
            assert differing == []
        return f"{len(targets) * len(calm):,} files, byte for byte as without faults"
