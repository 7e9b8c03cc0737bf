"""What machines ask over HTTP: ``/healthz`` says that the loop turns, ``/readyz`` that storage answers us
now, ``/metrics`` what was measured.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from libs.common.errors import AppError, ConfigurationFault
from libs.common.runtime.telemetry import metrics_route
from libs.common.settings import HealthSettings

#: Kubernetes asks every few seconds and gives up after a few.
_PROBE_SECONDS = 5.0
#: How long a connection may be without a request whose head is whole: none yet, half of one, or the next.
#: Longer than proxies keep theirs (60 s in nginx), so that they do not send into one that just closes.
_IDLE_SECONDS = 75.0
Check = Callable[[], Awaitable[None]]

_log = structlog.get_logger(__name__)


def health_routes(ready: Check) -> list[web.RouteDef]:
    """The two probes and the metrics; ``ready`` raises an `AppError` while the service cannot work."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                await ready()
        except (AppError, TimeoutError) as error:
            return web.json_response({"status": "unavailable", "reason": str(error) or "timeout"}, status=503)
        return web.json_response({"status": "ready"})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), metrics_route()]


@asynccontextmanager
async def serve(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve ``app`` while the block runs; gives the port, which differs from ``port`` when that is 0."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5, keepalive_timeout=_IDLE_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigurationFault(f"cannot listen on {host}:{port} ({error.strerror})") from error
        bound: int = runner.addresses[0][1]
        _log.info("listening", host=host, port=bound)
        yield bound
    finally:
        await runner.cleanup()


@asynccontextmanager
async def health_server(settings: HealthSettings, ready: Check) -> AsyncIterator[int]:
    """Serve the probes of a service that has no API."""
    app = web.Application()
    app.add_routes(health_routes(ready))
    async with serve(app, settings.health_host, settings.health_port) as port:
        yield port
