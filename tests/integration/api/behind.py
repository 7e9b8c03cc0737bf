"""What is behind the API: a real dispatcher and worker, and an engine that has no words for poison."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from libs.common.deployment import Deployment
from libs.common.settings import DispatcherSettings
from libs.translation.errors import PermanentFault
from services.dispatcher.resources import open_dispatcher
from tests.conftest import Explicit
from tests.integration.api.conftest import Client
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import working
from tests.patience import patient

JOBS = "/api/v1/batch/jobs"
MIXED = {"bad-1.txt": b"poison", "bad-2.txt": b"poison", "folder/good.txt": b"fine"}


@asynccontextmanager
async def running(explicit: Explicit, deployment: Deployment, engine: StubbornEngine) -> AsyncIterator[None]:
    """A dispatcher and a worker, while the block runs."""
    stop = asyncio.Event()
    settings = explicit(DispatcherSettings, watch_interval=0.2)
    async with open_dispatcher(settings) as (dispatcher, _), working(explicit, deployment, engine):
        run = asyncio.create_task(dispatcher.run(stop))
        try:
            yield
        finally:
            stop.set()
            await run


async def ended(client: Client, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(patient(30)):
        while True:
            job: dict[str, Any] = await (await client.get(f"{JOBS}/{job_id}")).json()
            assert job["total_files"] == sum(
                job[part] for part in job if part.endswith("_files") and part != "total_files"
            )
            if job["completed_at"]:
                return job
            await asyncio.sleep(0.05)


def broken() -> StubbornEngine:
    return StubbornEngine(PermanentFault("unspeakable", "no words"))
