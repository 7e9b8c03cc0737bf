"""python -m services.worker"""

import asyncio

from libs.common.runtime.health import health_server
from libs.common.runtime.logs import configure_logs
from libs.common.runtime.process import run_until_stopped
from libs.common.runtime.readiness import Readiness
from libs.common.runtime.telemetry import open_telemetry
from libs.common.settings import WorkerSettings, load
from services.worker.resources import open_worker


async def main(stop: asyncio.Event) -> None:
    settings = load(WorkerSettings)
    configure_logs(settings, "worker")
    readiness = Readiness()
    async with (
        open_telemetry(settings, "worker"),
        health_server(settings, readiness.check),
        open_worker(settings) as (worker, storage),
        readiness.reaching(storage, stop) as reached,
    ):
        if reached:
            await worker.run(stop)


if __name__ == "__main__":
    run_until_stopped(main)
