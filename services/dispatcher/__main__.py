"""python -m services.dispatcher"""

import asyncio

from libs.common.runtime.health import health_server
from libs.common.runtime.logs import configure_logs
from libs.common.runtime.process import run_until_stopped
from libs.common.runtime.readiness import Readiness
from libs.common.runtime.telemetry import open_telemetry
from libs.common.settings import DispatcherSettings, load
from services.dispatcher.resources import open_dispatcher


async def main(stop: asyncio.Event) -> None:
    settings = load(DispatcherSettings)
    configure_logs(settings, "dispatcher")
    readiness = Readiness()
    async with (
        open_telemetry(settings, "dispatcher"),
        health_server(settings, readiness.check),
        open_dispatcher(settings) as (dispatcher, storage),
        readiness.reaching(storage, stop) as reached,
    ):
        if reached:
            await dispatcher.run(stop)


if __name__ == "__main__":
    run_until_stopped(main)
