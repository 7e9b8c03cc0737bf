"""Posts a signed body to a receiver, which may be anybody: bounded, never to an address that is not public.

A host is resolved anew for each post. Every address it has is judged, and the connection goes to one of
exactly these: between the judgement and the connection nobody is asked again. TLS is verified against the
host's name. Nothing of the environment counts (proxies, ``.netrc``), no redirect is followed, no cookie kept,
and of the answer nothing but status and headers is read.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult

from libs.common.webhook.addresses import is_public
from libs.common.webhook.hooks import hook_of
from libs.common.webhook.signature import signature

#: Name look-up, connection, request and answer together (seconds).
POST_SECONDS = 10.0
_USER_AGENT = "batch-translation"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiver has it: it answered 2xx."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not accepted, as far as we know; ``reason`` is for people and names no secret. ``gone``: the
    receiver says (410) that it wants no more.
    """

    reason: str
    gone: bool = False


Reply = Accepted | Refused


class WebhookClient:
    """Made by `open_webhooks`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        keys: Sequence[bytes],
        allowed_hosts: Sequence[str],
        seconds: float,
    ) -> None:
        self._session = session
        self._keys = keys
        self._allowed = allowed_hosts
        self._seconds = seconds

    async def post(self, url: str, message_id: str, body: bytes) -> Reply:
        """Post a JSON body once. Never raises for what the receiver, or the way to it, does."""
        try:
            hook = hook_of(url)
        except ValueError as error:
            return Refused(str(error))
        if not hook.is_allowed(self._allowed):
            return Refused(f"NOTIFY_ALLOWED_HOSTS does not have {hook.place}")
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": _USER_AGENT,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._keys, message_id, timestamp, body),
        }
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._session.post(hook.url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                return _reply(response.status)
        except TimeoutError:
            return Refused(f"no answer within {self._seconds:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return Refused(_reason(error))


@asynccontextmanager
async def open_webhooks(
    keys: Sequence[bytes],
    allowed_hosts: Sequence[str],
    *,
    judge: Callable[[str], bool] = is_public,
    resolver: AbstractResolver | None = None,
    tls: ssl.SSLContext | None = None,
    seconds: float = POST_SECONDS,
) -> AsyncIterator[WebhookClient]:
    """A client while the block runs. What follows ``*`` is for tests, whose receivers are on this machine;
    no setting reaches it.
    """
    judging = _Judging(resolver or aiohttp.DefaultResolver(), judge)
    connector = aiohttp.TCPConnector(
        resolver=judging,
        use_dns_cache=False,
        force_close=True,
        ssl=tls or ssl.create_default_context(),
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )
    try:
        async with session:
            yield WebhookClient(session, keys, allowed_hosts, seconds)
    finally:
        await judging.close()


class _NotPublicError(OSError):
    """A host has an address that is not for everybody."""


class _Judging(AbstractResolver):
    """Gives the addresses of a host if all of them may be connected to, and otherwise none."""

    def __init__(self, resolver: AbstractResolver, judge: Callable[[str], bool]) -> None:
        self._resolver = resolver
        self._judge = judge

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        closed = [result["host"] for result in found if not self._judge(result["host"])]
        if closed or not found:
            _log.warning("receiver is not public", host=host, addresses=closed)
            raise _NotPublicError
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _reply(status: int) -> Reply:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Accepted()
    if status == HTTPStatus.GONE:
        return Refused("it answered 410: it wants no more", gone=True)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Refused(f"it answered {status}, and redirects are not followed")
    return Refused(f"it answered {status}")


def _reason(error: Exception) -> str:  # noqa: PLR0911 - a table, one line a kind of error
    """What went wrong, in our words: an error's own may hold addresses of our network."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            if isinstance(error.os_error, _NotPublicError):
                return "its address is not a public one"
            return "its name has no address"
        case aiohttp.ClientConnectorCertificateError():
            return (
                f"its certificate is not valid: {getattr(error.certificate_error, 'verify_message', 'TLS')}"
            )
        case aiohttp.ClientSSLError():
            return "no TLS with it"
        case aiohttp.ClientConnectorError():
            return "it cannot be connected to"
        case aiohttp.ServerDisconnectedError():
            return "it closed the connection without an answer"
        case aiohttp.ClientResponseError():
            return "its answer is not HTTP"
        case _:
            return "the connection broke"
