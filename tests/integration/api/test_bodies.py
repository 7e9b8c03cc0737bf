"""Bodies that break off, dawdle or are packed: nothing of them is taken, and none is an error of ours."""

import asyncio
import gzip
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from libs.common.deployment import Deployment
from libs.common.runtime.health import serve
from libs.common.settings import ApiSettings
from services.api import bodies
from services.api.problems import Code
from tests.conftest import Explicit
from tests.integration.api.conftest import Client
from tests.integration.api.test_codes import meets
from tests.integration.serving import opened_api

JOBS = "/api/v1/batch/jobs"


async def test_half_a_packed_file_is_never_taken_for_a_whole_one(
    client: Client, deployment: Deployment, container: str
) -> None:
    await deployment.blobs.create_container(container)
    half = gzip.compress(b"all of it " * 1000)[:40]
    url = f"/api/v1/batch/containers/{container}/files/half.txt"
    response = await client.put(url, data=half, headers={"Content-Encoding": "gzip"})
    await meets(Code.UNSUPPORTED_ENCODING, response)
    assert await deployment.blobs.version(container, "half.txt") is None


async def test_a_body_that_never_ends_is_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_BODY_SECONDS", 0.2)
    async with asyncio.timeout(15), half_a_post(client.port) as (reader, _):
        answer = await reader.readuntil(b"}")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in answer


async def test_a_caller_who_hangs_up_midway_is_no_error_of_ours(explicit: Explicit) -> None:
    over = asyncio.Event()

    async def note(_: web.Request, __: web.StreamResponse) -> None:
        over.set()

    settings = explicit(ApiSettings, translation_engine="copy")
    # The server of aiohttp's tests cancels a handler whose caller has gone; ours does not.
    async with asyncio.timeout(15), opened_api(settings) as app:
        app.on_response_prepare.append(note)
        async with serve(app, "127.0.0.1", 0) as port:
            with capture_logs() as logs:
                async with half_a_post(port):
                    pass
                await over.wait()
    assert [log for log in logs if log["log_level"] == "error"] == []


@asynccontextmanager
async def half_a_post(port: int | None) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """A post that no HTTP client sends, under way: its handler waits for the rest of the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {JOBS} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
    writer.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
    await reader.readuntil(b"100 Continue\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.close()
