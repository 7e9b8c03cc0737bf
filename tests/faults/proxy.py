"""A reverse proxy between the storage SDKs and Azurite that makes the network and the services fail."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from deploy.local.azurite import Ports
from tests.faults.operations import operation
from tests.faults.plan import ANSWERS, Fault, Plan
from tests.faults.relay import Relay, cut, listening, refusal, session

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


class Proxy(Relay):
    """``fired`` counts what went wrong, by (operation, fault); ``down`` names the services that are away."""

    def __init__(self, upstream: Ports, plan: Plan, session: aiohttp.ClientSession) -> None:
        super().__init__(upstream, session)
        self.plan = plan
        self.down: set[str] = set()
        #: Requests whose path contains it are answered 500 for good; empty: none.
        self.broken = ""
        self.fired: Counter[tuple[str, Fault]] = Counter()
        self.durations = Durations()
        self.observer: Observer | None = None
        self._held: list[Held] = []
        self._late: set[asyncio.Task[object]] = set()

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
            answer = ANSWERS[fault]
            return refusal(service, answer.status, answer.code, fault)
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
        return cut(request)

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
        path = request.raw_path.partition("?")[0]
        self._observe(name, path, is_back=False)
        response = await self.pass_on(service, request, body)
        if response is None:
            return cut(request)
        self._observe(name, path, is_back=True)
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
    async with session() as opened:
        running = Proxy(upstream, plan or Plan(), opened)
        async with listening(running):
            yield running
            await running.landed()
