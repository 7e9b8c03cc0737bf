"""Calls over HTTP: sent, answered in time, and sent again where that is safe and may help."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiohttp
from yarl import URL

from libs.client.answers import problem_of
from libs.client.errors import TransientError, Unreachable
from libs.client.settings import ClientSettings

T = TypeVar("T")
Take = Callable[[aiohttp.ClientResponse], Awaitable[T]]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
#: An API that wants to be left alone for longer than this (seconds) is left alone: the caller is told.
_LONGEST_WISH = 60.0
_CONNECT_SECONDS = 10.0
_MULTIPLE_CHOICES, _NOT_MODIFIED = 300, 304


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``path`` is percent-encoded and lies below ``/api/v1``; ``source`` is a file to be sent.

    ``repeatable``: sent twice it does what it does once. ``streamed``: it may take any time, but not stand
    still.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    source: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    streamed: bool = False


class Transport:
    """Raises `ApiProblem` for what the API refuses, `Unreachable` where no whole answer came."""

    def __init__(self, session: aiohttp.ClientSession, settings: ClientSettings) -> None:
        self._session = session
        self._settings = settings
        common = {"sock_connect": _CONNECT_SECONDS, "sock_read": settings.silence}
        self._streaming = aiohttp.ClientTimeout(total=None, **common)
        self._answering = aiohttp.ClientTimeout(total=settings.seconds, **common)

    async def send(self, call: Call, take: Take[T]) -> T:
        """Send a call and let ``take`` read the answer, again from the start with each try."""
        attempt = 1
        while True:
            try:
                return await self._once(call, take)
            except TransientError as error:
                if not self._may_repeat(call, error, attempt):
                    raise
                pause = _pause(error, attempt)
            await asyncio.sleep(pause)
            attempt += 1

    async def _once(self, call: Call, take: Take[T]) -> T:
        try:
            async with AsyncExitStack() as stack:
                body = None
                if call.source is not None:
                    body = stack.enter_context(await asyncio.to_thread(call.source.open, "rb"))
                response = await stack.enter_async_context(
                    self._session.request(
                        call.method,
                        self._url(call),
                        json=call.json,
                        data=body,
                        headers=call.headers,
                        timeout=self._streaming if call.streamed else self._answering,
                        allow_redirects=False,  # the key is for this server alone
                    )
                )
                if response.status >= _MULTIPLE_CHOICES and response.status != _NOT_MODIFIED:
                    raise await problem_of(response)
                return await take(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"{self._host} does not answer: {_why(error)}", sent=False) from error
        except TimeoutError as error:
            raise Unreachable(f"{self._host} does not answer in time") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Unreachable(f"the connection to {self._host} broke: {_why(error)}") from error

    def _may_repeat(self, call: Call, error: TransientError, attempt: int) -> bool:
        never_sent = isinstance(error, Unreachable) and not error.sent
        return (
            (call.repeatable or never_sent)
            and attempt < self._settings.tries
            and (error.retry_after or 0) <= _LONGEST_WISH
        )

    def _url(self, call: Call) -> URL:
        url = URL(f"{self._settings.api_url}api/v1{call.path}", encoded=True)
        return url.with_query(call.query) if call.query else url

    @property
    def _host(self) -> str:
        return str(self._settings.api_url.origin())


def _pause(error: TransientError, attempt: int) -> float:
    """What the API asks for; else twice as long each time, spread so that clients do not come together."""
    if error.retry_after is not None:
        return error.retry_after
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


def _why(error: Exception) -> str:
    """The system's own words; aiohttp's may hold a URL, and lines enough for a log."""
    system = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    said = system.strerror if isinstance(system, OSError) and system.strerror else str(error)
    return " ".join(said.split())[:200] or type(error).__name__
