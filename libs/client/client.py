"""The HTTP API as a class: a method a route, records as answers, lists as async iterators over all pages."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel

from libs.client.answers import json_of, next_query, record_of, retry_after_of, total_of
from libs.client.errors import ApiProblem, ClientError, TransientError, UnknownAnswer, Unreachable
from libs.client.records import (
    Container,
    DeadLetter,
    DeadLetters,
    Estimate,
    FileTask,
    Job,
    JobRequest,
    Languages,
    StoredFile,
    SystemStatus,
)
from libs.client.settings import ClientSettings
from libs.client.transport import Call, Transport
from libs.client.watching import PATIENCE, Seen, Sight, watch

RecordT = TypeVar("RecordT", bound=BaseModel)

_JOBS, _LETTERS, _CONTAINERS = "/batch/jobs", "/batch/dead-letters", "/batch/containers"
_LARGEST_PAGE = "100"
_PIECE = 256 * 1024


@asynccontextmanager
async def open_client(settings: ClientSettings) -> AsyncIterator["Client"]:
    """A client with connections of its own; nothing is sent before its first call."""
    headers = {"Accept": "application/json, application/problem+json, */*;q=0.5"}
    if settings.api_key is not None:
        headers["Authorization"] = f"Bearer {settings.api_key.get_secret_value()}"
    async with aiohttp.ClientSession(headers=headers) as session:
        yield Client(Transport(session, settings))


class Client:
    """Every method raises `ApiProblem` for what the API refuses, `Unreachable` where it does not answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def submit(self, request: JobRequest, key: str | None = None) -> Job:
        """Post a job. ``key`` is its Idempotency-Key; without one the client makes it, so that a request
        whose answer was lost is sent again and still is one job.
        """
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return await self._record(Job, Call("POST", _JOBS, json=request.body(), headers=headers))

    async def estimate(self, request: JobRequest) -> Estimate:
        """What such a job would do. The API looks for 20 seconds at most."""
        return await self._record(Estimate, Call("POST", "/batch/estimates", json=request.body()))

    async def check(self, request: JobRequest) -> None:
        """Raises `ApiProblem` for what the API would refuse in this request; its source may be missing yet.

        Asked as an estimate, which writes nothing, and once: a busy API says it when the job is posted.
        """
        call = Call("POST", "/batch/estimates", json=request.body(), repeatable=False)
        try:
            await self._transport.send(call, _nothing)
        except TransientError as error:
            if isinstance(error, Unreachable) and not error.sent:
                raise
        except ApiProblem as problem:
            if problem.code != "container_not_found":
                raise

    async def job(self, job_id: str) -> Job:
        return await self._record(Job, Call("GET", _job(job_id)))

    def jobs(self, status: str | None = None, *, page: int | None = None) -> AsyncIterator[Job]:
        """Jobs, newest first. ``page`` is how many a request asks for."""
        return self._all(Job, _JOBS, _query(status=status, limit=_number(page)))

    def files(
        self,
        job_id: str,
        status: str | None = None,
        folder: str = "",
        *,
        repaired: bool = False,
        page: int | None = None,
    ) -> AsyncIterator[FileTask]:
        """A job's file tasks, in name order; ``folder`` is what their names begin with, ``repaired`` those
        only that have ``repairs``.
        """
        repairs = "true" if repaired else None
        query = _query(status=status, folder=folder or None, repairs=repairs, limit=_number(page))
        return self._all(FileTask, f"{_job(job_id)}/files", query)

    def watch(self, job_id: str, patience: float = PATIENCE) -> AsyncIterator[Sight]:
        """Look at a job until it has ended; see `watching.watch`."""

        async def look(tag: str | None) -> Seen:
            headers = {} if tag is None else {"If-None-Match": tag}
            return await self._transport.send(Call("GET", _job(job_id), headers=headers), _seen)

        return watch(look, patience)

    async def cancel(self, job_id: str) -> Job:
        return await self._record(Job, Call("POST", f"{_job(job_id)}/cancel"))

    async def retry(
        self, job_id: str, file_id: str | None = None, *, max_characters: int | None = None
    ) -> Job:
        """Failed files once more, or one of them; ``max_characters`` is a new bound for a job that has one.

        Not repeated by itself: the job may have ended again.
        """
        file = "" if file_id is None else f"/files/{_segment(file_id)}"
        body = None if max_characters is None else {"max_characters": max_characters}
        return await self._record(
            Job, Call("POST", f"{_job(job_id)}{file}/retry", json=body, repeatable=False)
        )

    async def delete(self, job_id: str) -> None:
        """Remove an ended job and its rows; its translations stay."""
        await self.job(job_id)
        try:
            await self._transport.send(Call("DELETE", _job(job_id)), _nothing)
        except ApiProblem as problem:
            if problem.status != HTTPStatus.NOT_FOUND:
                raise  # else it was there a moment ago: an earlier try did it, and its answer was lost

    async def dead_letters(self) -> DeadLetters:
        """The oldest of each queue, 32 of each at most."""
        call = Call("GET", _LETTERS, _query(limit=_LARGEST_PAGE))
        return await self._transport.send(call, _letters)

    async def replay(self, letter_id: str) -> None:
        call = Call("POST", f"{_LETTERS}/{_segment(letter_id)}/replay", repeatable=False)
        await self._transport.send(call, _nothing)

    async def purge(self) -> None:
        """Remove all dead letters of all queues."""
        await self._transport.send(Call("DELETE", _LETTERS), _nothing)

    async def languages(self) -> Languages:
        return await self._record(Languages, Call("GET", "/languages"))

    async def status(self) -> SystemStatus:
        return await self._record(SystemStatus, Call("GET", "/batch/status"))

    def containers(self) -> AsyncIterator[Container]:
        return self._all(Container, _CONTAINERS, {})

    async def create_container(self, name: str) -> None:
        """Make a container where it is missing."""
        await self._transport.send(Call("PUT", f"{_CONTAINERS}/{_segment(name)}"), _nothing)

    def stored_files(self, container: str, prefix: str = "") -> AsyncIterator[StoredFile]:
        path = f"{_CONTAINERS}/{_segment(container)}/files"
        return self._all(StoredFile, path, _query(prefix=prefix or None))

    async def upload(self, container: str, name: str, source: Path) -> None:
        """Send a file, over one of its name; it appears whole or not at all. `OSError`: it cannot be read."""
        await self._transport.send(
            Call("PUT", _file(container, name), source=source, streamed=True), _nothing
        )

    async def download(self, container: str, name: str, into: BinaryIO) -> int:
        """Write a file into ``into``, which can be rewound for another try; gives its length in bytes."""

        async def take(response: aiohttp.ClientResponse) -> int:
            into.seek(0)
            into.truncate()
            length = 0
            async for piece in response.content.iter_chunked(_PIECE):
                length += await asyncio.to_thread(into.write, piece)
            return length

        return await self._transport.send(Call("GET", _file(container, name), streamed=True), take)

    async def _record(self, kind: type[RecordT], call: Call) -> RecordT:
        return record_of(kind, await self._transport.send(call, json_of))

    async def _all(self, kind: type[RecordT], path: str, query: dict[str, str]) -> AsyncIterator[RecordT]:
        """Every item of every page; a page may be empty and yet have a next."""
        following: dict[str, str] | None = {"limit": _LARGEST_PAGE} | query
        while following is not None:
            asked = following
            items, following = await self._transport.send(Call("GET", path, asked), _page)
            if following == asked:
                raise UnknownAnswer("the next page is the page itself: is this the API?")
            for item in items:
                yield record_of(kind, item)


async def _page(response: aiohttp.ClientResponse) -> tuple[list[Any], dict[str, str] | None]:
    return _list(await json_of(response)), next_query(response)


async def _letters(response: aiohttp.ClientResponse) -> DeadLetters:
    letters = [record_of(DeadLetter, item) for item in _list(await json_of(response))]
    return DeadLetters(letters, max(len(letters), total_of(response)))


async def _seen(response: aiohttp.ClientResponse) -> Seen:
    unchanged = response.status == HTTPStatus.NOT_MODIFIED
    job = None if unchanged else record_of(Job, await json_of(response))
    return Seen(job, response.headers.get("ETag"), retry_after_of(response))


async def _nothing(response: aiohttp.ClientResponse) -> None:
    await response.read()


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise UnknownAnswer("the answer is no list: is this the API?")
    return value


def _query(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _job(job_id: str) -> str:
    return f"{_JOBS}/{_segment(job_id)}"


def _file(container: str, name: str) -> str:
    return f"{_CONTAINERS}/{_segment(container)}/files/{'/'.join(_segments(name))}"


def _segment(text: str) -> str:
    """One part of a path, percent-encoded: whatever it holds, it stays that part."""
    try:
        encoded = quote(text, safe="")
    except UnicodeEncodeError:
        raise ClientError("a name that is not Unicode cannot be sent") from None
    # URL libraries resolve `.` and `..`; encoded they reach the API, which refuses them.
    return encoded.replace(".", "%2E") if re.fullmatch(r"\.+", encoded) else encoded


def _segments(name: str) -> Iterator[str]:
    return (_segment(part) for part in name.split("/"))
