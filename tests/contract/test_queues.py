"""Queues: bounded pages, messages that never expire, bodies that come back as they were sent."""

import asyncio
from datetime import UTC, datetime

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger.keys import new_job_id
from libs.common.storage.queues import PAGE, WorkQueue
from libs.jobs.messages import FileTask, decode


@pytest.mark.parametrize(("limit", "received"), [(5, 5), (100, PAGE)])
async def test_one_page_is_received_and_the_rest_stays_for_others(
    queue: WorkQueue, limit: int, received: int
) -> None:
    # The SDK's own iterator takes page after page until the queue is empty.
    await asyncio.gather(*(queue.send(str(number)) for number in range(40)))
    mine = await queue.receive(limit, 300)
    assert len(mine) == received
    others = [await queue.receive(PAGE, 300) for _ in range(3)]
    assert sorted(int(message.body) for page in [mine, *others] for message in page) == list(range(40))


async def test_an_empty_queue_gives_nothing(queue: WorkQueue) -> None:
    assert await queue.receive(10, 300) == []
    assert await queue.length() == 0


async def test_no_message_ever_expires(queue: WorkQueue) -> None:
    await queue.send("work")
    await queue.send_dead("given up")
    (received,) = await queue.receive(1, 300)
    await queue.leases.update_message(received.id, received.receipt, visibility_timeout=0)
    for client in (queue.leases, queue._dead):
        (message,) = await client.peek_messages(max_messages=1)
        assert message.expires_on is not None
        assert message.expires_on > datetime(9000, 1, 1, tzinfo=UTC)


async def test_length_counts_the_invisible_ones_too(queue: WorkQueue) -> None:
    await queue.send("in hand")
    await queue.receive(1, 300)
    await queue.send("later", delay=600)
    await queue.send("now")
    assert await queue.length() == 3
    assert [message.body for message in await queue.receive(PAGE, 300)] == ["now"]


@pytest.mark.parametrize(
    "name",
    [
        "\x00\x01\x1f\x7f\x85",
        "a&b<c>\"d'e]]>",
        " both ends ",
        "日本 𝄞 👩\u200d👧",
        "a\r\nb\tc",
        "\ufffe\uffff",
        "\\u0041\\",
    ],
)
async def test_a_message_comes_back_as_it_was_sent_whatever_its_name_holds(
    queue: WorkQueue, name: str
) -> None:
    sent = FileTask(job_id=new_job_id(), language="de", name=name, tag='W/"1"', size=1)
    await queue.send(sent.encode())
    (received,) = await queue.receive(1, 300)
    assert decode(FileTask, received.body) == sent
    assert received.deliveries == 1


async def test_a_body_of_another_program_comes_back_as_it_was_sent(queue: WorkQueue) -> None:
    body = "\t<a href='x'>&amp; 日本 👩\u200d👧</a>\n"
    await queue.send(body)
    assert [message.body for message in await queue.receive(1, 300)] == [body]


async def test_a_queue_that_was_removed_is_told_from_an_empty_one(deployment: Deployment) -> None:
    queue = deployment.file_queue
    await queue.leases.delete_queue()
    with pytest.raises(StorageUnavailable, match="QueueNotFound"):
        await queue.receive(1, 300)
    with pytest.raises(StorageUnavailable, match="QueueNotFound"):
        await queue.length()
