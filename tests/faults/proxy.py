"""A reverse proxy between the storage SDKs and Azurite that makes the network and the services fail.

Method, path, query, headers and body go through unchanged, so signatures hold: a shared key signs the path
with its account, not the host.
"""

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import aiohttp
from aiohttp import web
from yarl import URL

from deploy.local.azurite import Ports, connection_string
from deploy.local.ports import LOOPBACK
from tests.faults.operations import SERVICES, operation
from tests.faults.plan import ANSWERS, Fault, Plan

#: Of one connection only (RFC 9110, 7.6.1); the server and the client on both sides write their own.
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "expect"})
#: Not to be added by the client library where the sender sent none: they could be part of the signature.
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")

#: Sees each request that reaches storage: its operation, its path, and whether it is on its way or back.
Observer = Callable[[str, str, bool], None]


@dataclass(slots=True)
class Held:
    """The next request of an operation with ``about`` in its body, kept until ``released`` is set, then
    carried out all the same; then ``answer`` is what storage said.
    """

    operation: str
    about: bytes = b""
    answer: bytes = b""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Durations:
    """Seconds. A late first attempt lands after its sender has begun another."""

    hang: float = 1.0
    delay: float = 0.5
    late: float = 1.5


class Proxy:
    """``fired`` counts what went wrong, by (operation, fault); ``down`` names the services that are away.
    ``upstream`` may be set later, up to the first request.
    """

    def __init__(self, upstream: Ports, plan: Plan, session: aiohttp.ClientSession) -> None:
        self.plan = plan
        self.down: set[str] = set()
        #: Requests whose path contains it are answered 500 for good; empty: none.
        self.broken = ""
        self.fired: Counter[tuple[str, Fault]] = Counter()
        self.durations = Durations()
        self.observer: Observer | None = None
        self.ports = Ports(0, 0, 0)
        self.upstream = upstream
        self._session = session
        self._held: list[Held] = []
        self._late: set[asyncio.Task[object]] = set()

    @property
    def connection_string(self) -> str:
        return connection_string(self.ports)

    @property
    def faults(self) -> Counter[Fault]:
        """What fired, by fault."""
        sums: Counter[Fault] = Counter()
        for (_, fault), times in self.fired.items():
            sums[fault] += times
        return sums

    def hold(self, of: str, about: str = "") -> Held:
        """Keep the next request of an operation that says ``about`` in its body."""
        held = Held(of, about.encode())
        self._held.append(held)
        return held

    async def handle(self, service: str, request: web.BaseRequest) -> web.StreamResponse:
        name = operation(service, request.method, request.raw_path)
        body = await request.content.read()
        fault = Fault.DOWN if service in self.down else self.plan.fate(name)
        if self.broken and self.broken in request.raw_path:
            fault = Fault.TIMED_OUT
        if fault is None:
            return await self._kept_or_forwarded(service, name, request, body)
        self.fired[name, fault] += 1
        return await self._failed(service, name, request, body, fault)

    async def _failed(
        self, service: str, name: str, request: web.BaseRequest, body: bytes, fault: Fault
    ) -> web.StreamResponse:
        if fault in ANSWERS:
            return _answer(service, fault)
        if fault is Fault.DELAY:
            await asyncio.sleep(self.durations.delay)
            return await self._forward(service, name, request, body)
        if fault is Fault.HANG:
            await asyncio.sleep(self.durations.hang)
        if fault is Fault.LOST_REPLY:
            await self._forward(service, name, request, body)
        if fault is Fault.LATE:
            landing = asyncio.create_task(self._land(service, name, request, body))
            self._late.add(landing)
            landing.add_done_callback(self._late.discard)
        return _cut(request)

    async def _land(self, service: str, name: str, request: web.BaseRequest, body: bytes) -> None:
        await asyncio.sleep(self.durations.late)
        await self._forward(service, name, request, body)

    async def _kept_or_forwarded(
        self, service: str, name: str, request: web.BaseRequest, body: bytes
    ) -> web.StreamResponse:
        held = next((held for held in self._held if held.operation == name and held.about in body), None)
        if held is None:
            return await self._forward(service, name, request, body)
        self._held.remove(held)
        self.fired[name, Fault.LATE] += 1
        held.arrived.set()
        await held.released.wait()
        response = await self._forward(service, name, request, body)
        held.answer = bytes(response.body or b"") if isinstance(response, web.Response) else b""  # type: ignore[arg-type]  # bytes here
        held.done.set()
        return response

    async def _forward(
        self, service: str, name: str, request: web.BaseRequest, body: bytes
    ) -> web.StreamResponse:
        port = getattr(self.upstream, service)
        url = URL(f"http://{LOOPBACK}:{port}{request.raw_path}", encoded=True)
        headers = [(key, value) for key, value in request.headers.items() if key.lower() not in _HOP]
        self._observe(name, url.raw_path, is_back=False)
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
            return _cut(request)  # storage itself broke off; what it did is unknown, as in life
        self._observe(name, url.raw_path, is_back=True)
        response = web.Response(status=answer.status, reason=answer.reason, body=content or None)
        response.headers.clear()
        response.headers.extend(kept)
        return response

    def _observe(self, name: str, path: str, *, is_back: bool) -> None:
        if self.observer is not None:
            self.observer(name, path, is_back)

    async def landed(self) -> None:
        """Wait for the attempts that are still on their way."""
        for held in self._held:
            held.released.set()
        while self._late:
            await asyncio.wait(self._late)


@asynccontextmanager
async def proxy(upstream: Ports, plan: Plan | None = None) -> AsyncIterator[Proxy]:
    """A proxy in front of each of the three services, on free ports."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=120),
    ) as session:
        running = Proxy(upstream, plan or Plan(), session)
        runners = []
        try:
            for service in SERVICES:
                runner = web.ServerRunner(
                    web.Server(partial(running.handle, service)), access_log=None, shutdown_timeout=1
                )
                runners.append(runner)
                await runner.setup()
                await web.TCPSite(runner, LOOPBACK, 0).start()
            running.ports = Ports(*(runner.addresses[0][1] for runner in runners))
            yield running
            await running.landed()
        finally:
            for runner in runners:
                await runner.cleanup()


def _answer(service: str, fault: Fault) -> web.Response:
    answer = ANSWERS[fault]
    if service == "table":
        error = {"odata.error": {"code": answer.code, "message": {"lang": "en-US", "value": fault}}}
        body, kind = json.dumps(error), "application/json"
    else:
        body = f"<?xml version='1.0'?><Error><Code>{answer.code}</Code><Message>{fault}</Message></Error>"
        kind = "application/xml"
    return web.Response(
        status=answer.status, text=body, content_type=kind, headers={"x-ms-error-code": answer.code}
    )


def _cut(request: web.BaseRequest) -> web.Response:
    """End the client's connection with a reset; the response goes nowhere."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        transport.abort()
    return web.Response()
