"""A queue of work: messages are sent, received for a while, and settled through their lease."""

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from libs.common.errors import AlreadyExists, StorageForbidden, StorageUnavailable
from libs.common.storage.clients import ONE_TRY, Storage
from libs.common.storage.dead_letters import DeadLetters
from libs.common.storage.faults import CREATE_SECONDS, storage_call

#: A message never expires: the default of seven days loses the work of a long holiday, and a message cannot
#: be renewed past its end.
NEVER = -1
#: "Get Messages" and "Peek Messages" return at most this many.
PAGE = 32
#: A stopping process waits for the receive under way; it must not wait long (seconds).
_RECEIVE_SECONDS = 10.0
#: Longest that one request to send a message may take, and the pauses between such requests (seconds).
_SEND_SECONDS = 15.0
_SEND_PAUSES = (1.0, 2.0, 4.0)
#: A message that may be there twice comes the second time so many seconds later, when the first has most
#: likely been worked off: its receiver then finds nothing to do.
_HEAD_START = 10.0
#: Answers after which a message was surely not put into the queue: ``ServerBusy`` and "too many requests".
_TURNED_AWAY = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
#: Messages of one process being sent at the same time; a queue has no batch send.
SENDS_IN_FLIGHT = 32


@dataclass(frozen=True, slots=True)
class Received:
    """A message in our hands. ``since`` is the monotonic time *before* it was asked for: the lease is never
    younger than we think. ``waited``: seconds since it was sent, as our clock and the service's have it.
    """

    id: str
    body: str
    receipt: str
    deliveries: int
    since: float
    waited: float = 0.0
    #: When it was sent and when it was received: Unix time by the service's clock, in whole seconds.
    sent_at: float = 0.0
    received_at: float = 0.0


class WorkQueue:
    """One queue of the account, and its dead letters (``-dlq``)."""

    def __init__(self, storage: Storage, name: str) -> None:
        self.name = name
        self._queue = storage.queues.get_queue_client(name)
        self._dead = storage.queues.get_queue_client(f"{name}-dlq")
        self.dead = DeadLetters(self._dead)
        self.leases: QueueClient = storage.lease_queues.get_queue_client(name)
        self._sends = asyncio.Semaphore(SENDS_IN_FLIGHT)

    async def create(self) -> None:
        """Create the queue and its dead letters where they are missing: one try, which the caller repeats."""
        for queue in (self._queue, self._dead):
            try:
                async with storage_call("create queue", CREATE_SECONDS):
                    await queue.create_queue(**ONE_TRY)
            except AlreadyExists:
                pass

    async def send(self, body: str, *, delay: float = 0, again: str | None = None) -> None:
        """Send one message. A send whose reply is lost may have been carried out, so its repeat is ``again``
        where one is given: the same work, said to be sent before. After an error the message may have been
        sent all the same.
        """
        async with self._sends:
            for pause in _SEND_PAUSES:
                try:
                    await self._send(body, delay)
                except StorageForbidden:
                    raise
                except StorageUnavailable as error:
                    if again is not None:
                        body, delay = again, delay if _is_turned_away(error) else delay + _HEAD_START
                    await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - jitter
                else:
                    return
            await self._send(body, delay)

    async def _send(self, body: str, delay: float) -> None:
        """One request, because the SDK's own repeat would be the same message once more."""
        async with storage_call("send message", _SEND_SECONDS):
            await self._queue.send_message(
                body, visibility_timeout=round(delay), time_to_live=NEVER, retry_total=0
            )

    async def send_dead(self, body: str) -> None:
        """Write one dead letter."""
        async with storage_call("send dead letter"):
            await self._dead.send_message(body, time_to_live=NEVER)

    async def receive(self, limit: int, visibility: int) -> list[Received]:
        """Receive at most ``limit`` messages (32 at most) and hide them for ``visibility`` seconds.

        One page and no more: the SDK's own iterator goes on receiving until the queue is empty. No retry:
        whoever receives asks again anyway, and pauses of the SDK would outlast the storage's absence.
        """
        since = time.monotonic()
        async with storage_call("receive messages", _RECEIVE_SECONDS):
            pages = self._queue.receive_messages(
                messages_per_page=min(limit, PAGE), visibility_timeout=visibility, retry_total=0
            ).by_page()
            page = await anext(pages, None)
            messages = [] if page is None else [message async for message in page]
        return [_received(message, since, visibility) for message in messages]

    async def oldest_age(self) -> float:
        """Seconds since the first message that waits was sent; 0 where none does. Nothing is touched."""
        async with storage_call("peek message"):
            waiting = await self._queue.peek_messages(1)
        return _age(waiting[0]) if waiting else 0.0

    async def length(self) -> int:
        """Messages in the queue, invisible ones included. Never lower than the truth, so 0 is proof."""
        async with storage_call("queue length"):
            properties = await self._queue.get_queue_properties()
        return int(properties.approximate_message_count or 0)


def _is_turned_away(error: StorageUnavailable) -> bool:
    return getattr(error.__cause__, "status_code", None) in _TURNED_AWAY


def _received(message: QueueMessage, since: float, visibility: int) -> Received:
    sent, visible = message.inserted_on, message.next_visible_on
    return Received(
        id=str(message.id),
        body=message.content,
        receipt=str(message.pop_receipt),
        deliveries=int(message.dequeue_count or 1),
        since=since,
        waited=_age(message),
        sent_at=sent.timestamp() if sent is not None else 0.0,
        received_at=visible.timestamp() - visibility if visible is not None else 0.0,
    )


def _age(message: QueueMessage) -> float:
    sent = message.inserted_on
    return max(0.0, (datetime.now(UTC) - sent).total_seconds()) if sent is not None else 0.0
