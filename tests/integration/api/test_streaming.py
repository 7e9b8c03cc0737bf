"""What leaves in pieces arrives whole, or visibly not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientError

from libs.common.errors import StorageUnavailable
from libs.common.storage.streams import Download
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from services.api import manifest, streaming
from services.api.context import CONTEXT
from tests.integration.api.conftest import Client, PostJob
from tests.integration.api.test_codes import app_of
from tests.integration.conftest import Upload

JOBS, CONTAINERS = "/api/v1/batch/jobs", "/api/v1/batch/containers"


def failing_behind(calls: int, real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A storage method that answers so many calls and no more."""
    left = calls

    async def method(*args: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise StorageUnavailable("away")
        return await real(*args, **named)

    return method


async def test_a_download_that_breaks_midway_is_a_broken_transfer_and_no_longer_file(
    client: Client, upload: Upload, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(container, {"a.txt": b"x" * 100_000})

    async def half() -> AsyncIterator[bytes]:
        yield b"half a file"
        raise StorageUnavailable("away")

    await replace_pieces(client, container, half(), monkeypatch)
    with pytest.raises(ClientError):
        await (await client.get(f"{CONTAINERS}/{container}/files/a.txt")).read()


async def test_a_manifest_that_breaks_midway_is_a_broken_transfer(
    client: Client, post_job: PostJob, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await post_job({f"{n}.txt": b"x" for n in range(5)}))["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    files = app_of(client)[CONTEXT].deployment.files
    monkeypatch.setattr(manifest, "_PAGE", 2)
    monkeypatch.setattr(files, "page", failing_behind(1, files.page))
    with pytest.raises(ClientError):
        await (await client.get(f"{JOBS}/{job_id}/files?format=csv")).read()


async def test_what_fails_before_the_first_piece_is_still_a_problem(
    client: Client, upload: Upload, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(container, {"a.txt": b"x"})

    async def nothing() -> AsyncIterator[bytes]:
        raise StorageUnavailable("away")
        yield b""

    await replace_pieces(client, container, nothing(), monkeypatch)
    response = await client.get(f"{CONTAINERS}/{container}/files/a.txt")
    assert (response.status, (await response.json())["code"]) == (503, "storage_unavailable")


async def test_a_head_tells_of_a_file_without_sending_it(
    client: Client, upload: Upload, container: str
) -> None:
    await upload(container, {"a.txt": b"12345", "empty.txt": b""})
    response = await client.head(f"{CONTAINERS}/{container}/files/a.txt")
    assert (response.status, response.headers["Content-Length"], await response.read()) == (200, "5", b"")
    empty = await client.get(f"{CONTAINERS}/{container}/files/empty.txt")
    assert (empty.status, await empty.read()) == (200, b"")


async def test_a_reader_who_takes_nothing_any_more_is_cut_off(
    client: Client, upload: Upload, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(container, {"a.txt": b"x"})
    given_up = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1_000_000
        finally:
            given_up.set()

    await replace_pieces(client, container, endless(), monkeypatch, size=1 << 40)
    monkeypatch.setattr(streaming, "_A_PIECE_SECONDS", 0.5)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    try:
        path = f"{CONTAINERS}/{container}/files/a.txt"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {client.host}:{client.port}\r\n\r\n".encode())
        assert b"200 OK" in await reader.readline()
        async with asyncio.timeout(20):
            await given_up.wait()
    finally:
        writer.transport.abort()


async def replace_pieces(
    client: Client,
    container: str,
    pieces: AsyncIterator[bytes],
    monkeypatch: pytest.MonkeyPatch,
    size: int | None = None,
) -> None:
    """Let ``a.txt`` be opened as it is, and read as ``pieces``."""
    streams = app_of(client)[CONTEXT].deployment.streams
    whole = await streams.open(container, "a.txt")

    async def opened(_container: str, _name: str) -> Download:
        return replace(whole, pieces=pieces, size=whole.size if size is None else size)

    monkeypatch.setattr(streams, "open", opened)
