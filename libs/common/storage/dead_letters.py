"""The dead letters of a queue: looked at without being touched, taken one at a time, cleared."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from azure.storage.queue.aio import QueueClient

from libs.common.errors import AppError
from libs.common.storage.faults import storage_call

#: "Peek Messages" and "Get Messages" return at most this many.
_PAGE = 32
#: While one letter is looked for the others are hidden; a crash gives them back after this time (seconds).
_HIDDEN_SECONDS = 30
#: Pages looked through for one letter.
_MOST_PAGES = 32
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
        """Find a letter, which is ours then: to be deleted or given back. The others are visible again."""
        seen: dict[str, Letter] = {}
        try:
            for _ in range(_MOST_PAGES):
                page = await self._receive()
                seen |= {letter.id: letter for letter in page}
                if letter_id in seen or not page:
                    break
        finally:
            found = seen.pop(letter_id, None)
            await self._give_back_all(seen.values())
        return found

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
