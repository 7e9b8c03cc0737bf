"""python -m services.api"""

import asyncio

from libs.common.runtime.health import serve
from libs.common.runtime.logs import configure_logs
from libs.common.runtime.process import run_until_stopped
from libs.common.runtime.readiness import Readiness
from libs.common.runtime.telemetry import open_telemetry
from libs.common.settings import ApiSettings, load
from services.api.resources import open_api


async def main(stop: asyncio.Event) -> None:
    settings = load(ApiSettings)
    configure_logs(settings, "api")
    readiness = Readiness()
    async with (
        open_telemetry(settings, "api"),
        open_api(settings, readiness) as (app, storage),
        serve(app, settings.api_host, settings.api_port),
        readiness.reaching(storage, stop) as reached,
    ):
        if reached:
            await stop.wait()


if __name__ == "__main__":
    run_until_stopped(main)
