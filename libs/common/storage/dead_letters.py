"""The dead letters of a queue: looked at without being touched, taken one at a time, cleared."""

from azure.storage.queue.aio import QueueClient

from libs.common.storage.faults import storage_call

#: "Peek Messages" and "Get Messages" return at most this many.
_PAGE = 32
#: While one letter is looked for the others are hidden; a crash gives them back after this time (seconds).
_HIDDEN_SECONDS = 30
#: Pages looked through for one letter.
_MOST_PAGES = 32


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

    async def take(self, letter_id: str) -> tuple[str, str] | None:
        """Find a letter: its body and a receipt to delete it with. The others are visible again then."""
        others = []
        found = None
        for _ in range(_MOST_PAGES):
            async with storage_call("look for a dead letter"):
                pages = self._client.receive_messages(
                    messages_per_page=_PAGE, visibility_timeout=_HIDDEN_SECONDS
                ).by_page()
                page = await anext(pages, None)
                messages = [] if page is None else [message async for message in page]
            for message in messages:
                if message.id == letter_id:
                    found = (str(message.content), str(message.pop_receipt))
                else:
                    others.append(message)
            if found is not None or not messages:
                break
        for message in others:
            async with storage_call("give back a dead letter"):
                await self._client.update_message(message, visibility_timeout=0)
        return found

    async def delete(self, letter_id: str, receipt: str) -> None:
        async with storage_call("delete dead letter"):
            await self._client.delete_message(letter_id, receipt)

    async def clear(self) -> None:
        async with storage_call("clear dead letters"):
            await self._client.clear_messages()
