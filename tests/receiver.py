"""A receiver of notifications on this machine, over TLS, and the way to it past the rule that forbids it."""

import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from libs.common.webhook.client import WebhookClient, open_webhooks
from libs.common.webhook.signature import signing_keys

HOST = "hooks.example.com"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: A loopback address of its own: the judge of a test lets this one pass, and no other.
ADDRESS = "127.0.0.2"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Heard:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass(eq=False)
class Names(AbstractResolver):
    """Answers with one of ``answers`` after the other, the last one for ever."""

    answers: list[list[str]] = field(default_factory=lambda: [[ADDRESS]])
    asked: int = 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        _family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        self.asked += 1
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        pass


@dataclass(eq=False)
class Receiver:
    """``answers`` are statuses, or what answers itself, in order; the last one is for ever."""

    port: int
    trust: ssl.SSLContext
    answers: list[int | Answer] = field(default_factory=lambda: [204])
    heard: list[Heard] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/hook/very-secret?token=very-secret"

    @property
    def allowed(self) -> tuple[str, ...]:
        return (f"{HOST}:{self.port}",)

    @property
    def ids(self) -> list[str]:
        return [heard.id for heard in self.heard]

    def opened(self, **values: Any) -> AbstractAsyncContextManager[WebhookClient]:
        """A client that can reach this receiver, and nobody else."""
        seam: dict[str, Any] = {"judge": ADDRESS.__eq__, "resolver": self.names, "tls": self.trust}
        keys = values.pop("keys", signing_keys(SECRET))
        return open_webhooks(keys, self.allowed, **seam | values)

    def let_in(self, patch: pytest.MonkeyPatch, resources: Any) -> None:
        """Let a dispatcher reach this receiver as if it were out in the open."""
        seam: dict[str, Any] = {"judge": ADDRESS.__eq__, "resolver": self.names, "tls": self.trust}
        patch.setattr(resources, "open_webhooks", partial(open_webhooks, **seam))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.heard.append(Heard(dict(request.headers), await request.read()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=answer) if isinstance(answer, int) else await answer(request)


@asynccontextmanager
async def receiving(names: Sequence[str] = (HOST,)) -> AsyncIterator[Receiver]:
    """A receiver whose certificate is for ``names``."""
    authority = trustme.CA()
    served, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(*names).configure_cert(served)
    authority.configure_trust(trust)
    receiver = Receiver(0, trust)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, ADDRESS, 0, ssl_context=served)
        await site.start()
        receiver.port = runner.addresses[0][1]
        yield receiver
    finally:
        await runner.cleanup()
