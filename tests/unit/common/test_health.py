"""The server under every service: nobody holds a connection for nothing."""

import asyncio

import pytest
from aiohttp import web

from libs.common.runtime import health


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "],
    ids=["silent", "half a line", "half a head"],
)
async def test_who_does_not_finish_his_first_request_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(health, "_IDLE_SECONDS", 0.1)
    async with asyncio.timeout(15), health.serve(web.Application(), "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()


async def test_who_does_not_finish_the_next_request_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_IDLE_SECONDS", 0.1)
    async with asyncio.timeout(15), health.serve(web.Application(), "127.0.0.1", 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 404 ")
        writer.write(b"GET / HTTP/1.1\r\nHost: lo")
        await reader.read()
        writer.close()
