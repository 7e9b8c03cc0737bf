"""The services, with one document format more: python -m tests.faults.deadly_services worker"""

import asyncio
import sys

import services.api.__main__
import services.dispatcher.__main__
from libs.common.deployment import open_deployment
from libs.common.runtime.health import health_server
from libs.common.runtime.logs import configure_logs
from libs.common.runtime.process import run_until_stopped
from libs.common.settings import WorkerSettings, load
from libs.jobs import endings
from libs.jobs.documents import bench_of
from libs.jobs.engines import open_engines
from libs.translation.documents import registry
from services.worker.resources import assembled
from tests.faults.deadly import COMMAND, DEADLY


async def worker(stop: asyncio.Event) -> None:
    settings = load(WorkerSettings)
    configure_logs(settings, "worker")
    async with (
        open_deployment(settings) as deployment,
        bench_of(settings, COMMAND) as bench,
        open_engines(settings) as engines,
        assembled(settings, deployment, bench, *engines) as ours,
        health_server(settings, deployment.ready),
    ):
        await ours.run(stop)


MAINS = {"api": services.api.__main__.main, "dispatcher": services.dispatcher.__main__.main, "worker": worker}

if __name__ == "__main__":
    registry._BY_EXTENSION[".deadly"] = DEADLY
    endings._BACKOFF_BASE = 0.1
    run_until_stopped(MAINS[sys.argv[1]])
