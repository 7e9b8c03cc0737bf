"""Whole folders up and down: bounded, each file by itself, failures told at the end."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar

from libs.client.client import Client
from libs.client.errors import ApiProblem, ClientError, Unavailable, Unreachable
from libs.client.folders import LocalFile, is_hidden, place_of

T = TypeVar("T")
#: Files on their way at the same time.
_AT_ONCE = 8
#: Refusals that every file would meet alike; what else the API refuses is about the one file.
_OF_ALL = {"unauthenticated", "forbidden", "container_not_allowed", "container_not_found", "host_not_allowed"}


@dataclass(slots=True)
class Transfer:
    """How far a transfer is. ``failures`` has a reason for each file that did not go through.

    ``left_out`` counts what was passed over: hidden files, and links of this machine.
    """

    files: int = 0
    bytes: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    left_out: int = 0


Tell = Callable[[Transfer], None]


async def upload_files(client: Client, files: Iterable[LocalFile], container: str, tell: Tell) -> Transfer:
    """Send files; ``tell`` is called after each."""

    async def send(file: LocalFile) -> int:
        await client.upload(container, file.name, file.path)
        return file.size

    async def names() -> AsyncIterator[LocalFile]:
        for file in files:
            yield file

    return await _transfer(names(), lambda file: file.name, send, tell)


async def download_files(
    client: Client,
    container: str,
    root: Path,
    tell: Tell,
    folders: Mapping[str, str],
    *,
    hidden: bool = False,
) -> Transfer:
    """Files of a container below ``root``, over those there; each appears whole or not at all.

    Those whose names begin as a key of ``folders`` does; here its value stands in the place of that.
    """
    await asyncio.to_thread(root.mkdir, parents=True, exist_ok=True)
    left_out = 0

    async def wanted() -> AsyncIterator[tuple[str, str]]:
        nonlocal left_out
        for there, here in folders.items():
            async for file in client.stored_files(container, there):
                if hidden or not is_hidden(file.name, there):
                    yield file.name, here + file.name.removeprefix(there)
                else:
                    left_out += 1

    async def fetch(names: tuple[str, str]) -> int:
        there, here = names
        with _whole(place_of(root, here)) as into:
            return await client.download(container, there, into)

    done = await _transfer(wanted(), lambda names: names[0], fetch, tell)
    done.left_out = left_out
    return done


@contextmanager
def _whole(place: Path) -> Iterator[BinaryIO]:
    """A file beside ``place`` that takes its name once it is whole, and vanishes otherwise."""
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with unfinished.open("x+b") as into:
            yield into
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


async def _transfer(
    items: AsyncIterator[T],
    name_of: Callable[[T], str],
    move: Callable[[T], Awaitable[int]],
    tell: Tell,
) -> Transfer:
    done = Transfer()

    async def one(item: T) -> None:
        try:
            length = await move(item)
        except (Unreachable, Unavailable):
            raise
        except ApiProblem as problem:
            if problem.code in _OF_ALL:
                raise
            done.failures[name_of(item)] = str(problem)
        except ClientError as error:
            done.failures[name_of(item)] = str(error)
        except OSError as error:
            done.failures[name_of(item)] = f"{error.strerror or error} on this machine"
        else:
            done.files += 1
            done.bytes += length
        tell(done)

    await _each(items, one)
    return done


async def _each(items: AsyncIterator[T], act: Callable[[T], Awaitable[None]]) -> None:
    """Act on every item, a bounded number at a time; the first error ends it all and goes through."""
    turn = asyncio.Lock()

    async def work() -> None:
        while True:
            async with turn:
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    return
            await act(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(work())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
