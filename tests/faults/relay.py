"""What stands between the storage SDKs and Azurite and passes requests on: the core of every proxy here.

Method, path, headers and body go through unchanged, so signatures hold: a shared key signs the path with its
account, not the host.
"""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import aiohttp
from aiohttp import web
from yarl import URL

from deploy.local.azurite import Ports, connection_string
from deploy.local.ports import LOOPBACK
from tests.faults.operations import SERVICES

#: Of one connection only (RFC 9110, 7.6.1); the server and the client on both sides write their own.
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "expect"})
#: Not to be added by the client library where the sender sent none: they could be part of the signature.
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")

Handle = Callable[[str, web.BaseRequest], Awaitable[web.StreamResponse]]


class Proxied(Protocol):
    """What `listening` serves: a handler of requests by service, and the ports it gets."""

    ports: Ports

    async def handle(self, service: str, request: web.BaseRequest) -> web.StreamResponse: ...


class Relay:
    """Passes requests on. ``upstream`` may be set later, up to the first request."""

    def __init__(self, upstream: Ports, session: aiohttp.ClientSession) -> None:
        self.ports = Ports(0, 0, 0)
        self.upstream = upstream
        self._session = session

    @property
    def connection_string(self) -> str:
        return connection_string(self.ports)

    async def pass_on(
        self, service: str, request: web.BaseRequest, body: bytes, raw_path: str | None = None
    ) -> web.Response | None:
        """What storage answers, to the path ``raw_path`` if one is given; None where storage itself broke
        off: what it did is unknown, as in life.
        """
        port = getattr(self.upstream, service)
        url = URL(f"http://{LOOPBACK}:{port}{raw_path or request.raw_path}", encoded=True)
        headers = [(key, value) for key, value in request.headers.items() if key.lower() not in _HOP]
        try:
            async with self._session.request(
                request.method,
                url,
                headers=headers,
                data=body,
                skip_auto_headers=_NOT_ADDED,
                allow_redirects=False,
            ) as answer:
                kept = [(key, value) for key, value in answer.headers.items() if key.lower() not in _HOP]
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return None
        response = web.Response(status=answer.status, reason=answer.reason, body=content or None)
        response.headers.clear()
        response.headers.extend(kept)
        return response


@asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client of storage that changes nothing of what it passes on."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=120),
    ) as opened:
        yield opened


@asynccontextmanager
async def listening(proxied: Proxied) -> AsyncIterator[None]:
    """Serve each of the three services on a free port while the block runs."""
    runners = []
    try:
        for service in SERVICES:
            runner = web.ServerRunner(
                web.Server(partial(proxied.handle, service)), access_log=None, shutdown_timeout=1
            )
            runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, LOOPBACK, 0).start()
        proxied.ports = Ports(*(runner.addresses[0][1] for runner in runners))
        yield
    finally:
        await asyncio.gather(*(runner.cleanup() for runner in runners))


def refusal(service: str, status: int, code: str, said: str, **headers: str) -> web.Response:
    """An error as the services word it; underscores in names of ``headers`` are hyphens."""
    if service == "table":
        error = {"odata.error": {"code": code, "message": {"lang": "en-US", "value": said}}}
        body, kind = json.dumps(error), "application/json"
    else:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{said}</Message></Error>"
        kind = "application/xml"
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, text=body, content_type=kind, headers={"x-ms-error-code": code} | more)


def cut(request: web.BaseRequest) -> web.Response:
    """End the client's connection with a reset; the response goes nowhere."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        transport.abort()
    return web.Response()
