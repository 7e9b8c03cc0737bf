"""The dead letters of a queue: looked at without being touched, taken one at a time, cleared."""

import asyncio
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import structlog
from azure.storage.queue.aio import QueueClient

from libs.common.errors import AppError
from libs.common.storage.faults import storage_call

#: "Peek Messages" and "Get Messages" return at most this many.
_PAGE = 32
#: While one letter is looked for the others are hidden; a crash gives them back after this time (seconds).
_HIDDEN_SECONDS = 30
#: Longest search for one letter (seconds): before the first ones come back by themselves.
_SEARCH_SECONDS = 25.0
#: Searches that found letters hidden by other processes, and the pause before the next (seconds).
_SEARCHES, _PAUSE_SECONDS = 8, (0.1, 0.6)
#: Letters given back at the same time.
_GIVEN_BACK = 16

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in our hands, hidden from everybody else."""

    id: str
    body: str
    receipt: str


class DeadLetters:
    """What was given up."""

    def __init__(self, client: QueueClient) -> None:
        self._client = client
        self._search = asyncio.Lock()

    async def peek(self, limit: int) -> list[tuple[str, str]]:
        """Ids and bodies of the first letters, 32 at most; they stay as they are."""
        async with storage_call("peek dead letters"):
            messages = await self._client.peek_messages(min(limit, _PAGE))
        return [(str(message.id), str(message.content)) for message in messages]

    async def length(self) -> int:
        async with storage_call("count dead letters"):
            properties = await self._client.get_queue_properties()
        return int(properties.approximate_message_count or 0)

    async def take(self, letter_id: str) -> Letter | None:
        """Find a letter, which is ours then: to be deleted or given back. The others are visible again.

        A search hides what it looks through. So this process makes one at a time, and one that finds letters
        hidden by another process is repeated a moment later.
        """
        async with self._search:
            for _ in range(_SEARCHES):
                found, is_complete = await self._searched(letter_id)
                if found is not None or is_complete:
                    return found
                await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))  # noqa: S311 - so that two fall out of step
        return None

    async def _searched(self, letter_id: str) -> tuple[Letter | None, bool]:
        """The letter, if it is found; and whether every letter was looked at."""
        # Of the others only the receipts are kept, because there may be very many.
        seen: dict[str, Letter] = {}
        found, ends = None, time.monotonic() + _SEARCH_SECONDS
        try:
            while found is None and time.monotonic() < ends:
                page = await self._receive()
                found = next((letter for letter in page if letter.id == letter_id), None)
                seen |= {letter.id: replace(letter, body="") for letter in page if letter is not found}
                if not page:
                    break
            is_complete = found is not None or len(seen) >= await self.length()
        finally:
            await self._give_back_all(seen.values())
        return found, is_complete

    async def give_back(self, letter: Letter) -> None:
        """Let a letter be seen again at once. Where that fails it comes back by itself, a little later."""
        try:
            async with storage_call("give back a dead letter"):
                await self._client.update_message(letter.id, letter.receipt, visibility_timeout=0)
        except AppError as error:
            _log.warning("dead letter not given back", id=letter.id, error=str(error))

    async def delete(self, letter: Letter) -> None:
        async with storage_call("delete dead letter"):
            await self._client.delete_message(letter.id, letter.receipt)

    async def clear(self) -> None:
        async with storage_call("clear dead letters"):
            await self._client.clear_messages()

    async def _receive(self) -> list[Letter]:
        async with storage_call("look for a dead letter"):
            pages = self._client.receive_messages(
                messages_per_page=_PAGE, visibility_timeout=_HIDDEN_SECONDS
            ).by_page()
            page = await anext(pages, None)
            messages = [] if page is None else [message async for message in page]
        return [Letter(str(it.id), str(it.content), str(it.pop_receipt)) for it in messages]

    async def _give_back_all(self, letters: Iterable[Letter]) -> None:
        bound = asyncio.Semaphore(_GIVEN_BACK)

        async def one(letter: Letter) -> None:
            async with bound:
                await self.give_back(letter)

        await asyncio.gather(*(one(letter) for letter in letters))
