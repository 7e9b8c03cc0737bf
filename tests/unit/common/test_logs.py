import asyncio
import logging
from collections.abc import Iterator

import pytest
import structlog
from aiohttp import web
from pydantic import SecretStr

from deploy.local.azurite import Ports, connection_string
from libs.common.runtime.logs import configure_logs
from libs.common.settings import ServiceSettings


@pytest.fixture
def logs() -> Iterator[None]:
    secret = SecretStr(connection_string(Ports(1, 2, 3)))
    settings = ServiceSettings(azure_storage_connection_string=secret, log_format="json", _env_file=None)
    root, server = logging.getLogger(), logging.getLogger("aiohttp.server")
    handlers, level, filters = root.handlers, root.level, list(server.filters)
    configure_logs(settings, "test")
    root.handlers += handlers
    yield
    root.handlers, server.filters = handlers, filters
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.usefixtures("logs")
async def test_a_request_that_nobody_can_read_is_told_without_what_was_in_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer top-secret\x00\r\n\r\n")
        async with asyncio.timeout(10):
            assert (await reader.readline()).startswith(b"HTTP/1.0 400")
        writer.close()
        await writer.wait_closed()
    finally:
        await runner.cleanup()

    told = [record for record in caplog.records if record.name == "aiohttp.server"]
    assert [(record.levelname, record.getMessage()) for record in told] == [
        ("INFO", "a request that is not HTTP")
    ]
    assert "top-secret" not in caplog.text
