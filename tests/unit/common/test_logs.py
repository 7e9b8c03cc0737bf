import asyncio
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from aiohttp import web
from pydantic import SecretStr

from deploy.local.azurite import Ports, connection_string
from libs.common.runtime.logs import configure_logs
from libs.common.settings import ServiceSettings
from libs.telemetry.tracing import entered


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


@pytest.mark.usefixtures("logs")
def test_a_line_says_to_which_trace_it_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    trace, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(sys.stdout)
    with entered("post", f"00-{trace}-{caller}-00"):
        structlog.get_logger("ours").info("inside")
        logging.getLogger("of a library").warning("inside as well")
    structlog.get_logger("ours").info("outside")
    inside, as_well, outside = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("trace_id") for line in (inside, as_well, outside)] == [trace, trace, None]
    assert len(inside["span_id"]) == len(caller)
