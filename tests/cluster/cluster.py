"""The API of the cluster that kubectl reaches: documents by their paths, and commands in pods."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx_ws
import kr8s.asyncio
from kr8s import ExecError, ServerError
from kr8s.asyncio.objects import Pod

Document = dict[str, Any]
#: A call that is answered with a document (seconds).
_CALL_SECONDS = 30.0
_MERGE = "application/merge-patch+json"
_NOT_FOUND = 404
#: How a call fails that the cluster does not answer as it should.
BROKEN = (ExecError, ServerError, httpx.HTTPError, httpx_ws.HTTPXWSException, TimeoutError)


class CommandBroke(Exception):
    """A command in a pod did not come to a good end; its container may have ended under it."""


class Cluster:
    """Paths are those of the API: ``/api/v1/namespaces/some/pods/name``."""

    def __init__(self, api: kr8s.asyncio.Api) -> None:
        self._api = api

    async def version(self) -> str:
        found: str = (await self._api.version())["gitVersion"]
        return found

    async def get(self, path: str, selector: Mapping[str, str] | None = None) -> Document:
        query = {"labelSelector": ",".join(f"{key}={value}" for key, value in (selector or {}).items())}
        return await self._call("GET", path, params=query if selector else None)

    async def find(self, path: str) -> Document | None:
        """What is there; None: nothing."""
        try:
            return await self.get(path)
        except ServerError as error:
            if status_of(error) == _NOT_FOUND:
                return None
            raise

    async def items(self, path: str, selector: Mapping[str, str] | None = None) -> list[Document]:
        found: list[Document] = (await self.get(path, selector))["items"]
        return found

    async def create(self, path: str, document: Document) -> Document:
        """``path`` is that of the list; the answer is the document as it was made."""
        return await self._call("POST", path, content=json.dumps(document))

    async def patch(self, path: str, change: Document) -> Document:
        """A merge patch: what is None goes."""
        return await self._call("PATCH", path, content=json.dumps(change), headers={"Content-Type": _MERGE})

    async def remove(self, path: str, *, grace: float | None = None) -> bool:
        """``grace`` in seconds; None leaves it to the document. False: it was not there."""
        options = {} if grace is None else {"gracePeriodSeconds": int(grace)}
        try:
            await self._call("DELETE", path, content=json.dumps(options))
        except ServerError as error:
            if status_of(error) == _NOT_FOUND:
                return False
            raise
        return True

    async def run(
        self, pod: Document, *command: str, seconds: float, on_line: Callable[[str], None] | None = None
    ) -> str:
        """A command in the first container of a pod; gives what it printed.

        Raises CommandBroke where it does not end with exit code 0 within ``seconds``.
        """
        lines = _Lines(on_line or (lambda _line: None))
        errors = _Lines(lambda _line: None)
        executed = Pod(pod, api=self._api).exec(
            list(command),
            # Its types know files alone, of which it calls `write`.
            stdout=lines,  # type: ignore[arg-type]
            stderr=errors,  # type: ignore[arg-type]
            check=False,
        )
        name = f"{' '.join(command)[:100]} in {pod['metadata']['name']}"
        try:
            async with asyncio.timeout(seconds):
                code = (await executed).returncode
        except (*BROKEN, ExceptionGroup) as error:
            raise CommandBroke(f"{name}: {error!r}"[:1000]) from error
        if code != 0:
            raise CommandBroke(f"{name}: exit code {code}: {errors.text[-2000:]}")
        return lines.text

    async def _call(self, method: str, path: str, **options: Any) -> Document:
        base, _, last = path.rpartition("/")
        options = {name: value for name, value in options.items() if value is not None}
        async with (
            asyncio.timeout(_CALL_SECONDS),
            self._api.call_api(method, version="", base=base, url=last, **options) as response,
        ):
            answer: Document = response.json()
            return answer


@asynccontextmanager
async def connected() -> AsyncIterator[Cluster]:
    api = await kr8s.asyncio.api()
    try:
        yield Cluster(api)
    finally:
        # It has no way to close what it opened.
        if api._session is not None:
            await api._session.aclose()


def status_of(error: ServerError) -> int | None:
    return None if error.response is None else error.response.status_code


async def until(what: str, holds: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Waits until it holds and gives how many seconds that took. Raises AssertionError after ``seconds``."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:g} s"
        await asyncio.sleep(0.5)
    return time.monotonic() - began


class _Lines:
    """A file to write into that hands on whole lines."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self.text = ""
        self._on_line = on_line
        self._begun = b""

    def write(self, data: bytes) -> int:
        *lines, self._begun = (self._begun + data).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            self.text += text + "\n"
            self._on_line(text)
        return len(data)
