"""Leases: a message stays ours while we work on it, and we know when it does not."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.common.errors import StorageUnavailable
from libs.common.storage.leases import Lease, LeaseKeeper, keep_leases
from libs.common.storage.queues import PAGE, WorkQueue
from tests.contract.conftest import eventually
from tests.contract.faults import Script, around, fail_before

#: A lease of this life is renewed every three seconds; a shorter one has no margin for a busy machine.
LIFE = 6


@pytest.fixture
async def keeper(queue: WorkQueue) -> AsyncIterator[LeaseKeeper]:
    async with keep_leases(queue, LIFE) as keeping:
        yield keeping


async def test_a_message_stays_ours_far_beyond_its_first_life(queue: WorkQueue, keeper: LeaseKeeper) -> None:
    lease = await kept(queue, keeper)
    began = time.monotonic()
    await eventually(lambda: keeper.renewals >= 2 and time.monotonic() > began + LIFE + 0.5)
    assert lease.held
    assert await queue.receive(PAGE, 1) == []
    await keeper.release(lease, 0)
    assert [message.deliveries for message in await queue.receive(PAGE, 1)] == [2]


async def test_a_renewal_that_meets_another_receiver_gives_the_lease_up(queue: WorkQueue) -> None:
    await queue.send("work")
    (first,) = await queue.receive(1, 1)
    async with keep_leases(queue, 4) as keeper:  # renews after 2 s, a second after the message is free again
        lease = keeper.keep(first)
        second = await received(queue)
        assert second.deliveries == 2
        await eventually(lambda: lease.lost)
        assert not lease.held
        await keeper.delete(lease)  # no error, and none of our business any more
        await keeper.release(lease, 0)
    assert await queue.length() == 1
    async with keep_leases(queue, 4) as keeper:
        await keeper.delete(keeper.keep(second))
    assert await queue.length() == 0


async def test_a_released_message_comes_back_with_its_new_body_after_its_delay(
    queue: WorkQueue, keeper: LeaseKeeper
) -> None:
    lease = await kept(queue, keeper)
    released = time.monotonic()
    await keeper.release(lease, 1, "second try")
    assert await queue.receive(1, 1) == []
    message = await received(queue)
    assert time.monotonic() - released > 0.5
    assert (message.body, message.deliveries) == ("second try", 2)


async def test_a_released_message_keeps_its_body_when_no_other_is_given(
    queue: WorkQueue, keeper: LeaseKeeper
) -> None:
    await keeper.release(await kept(queue, keeper), 0)
    assert (await received(queue)).body == "work"


async def test_deleting_what_is_gone_already_is_no_error(queue: WorkQueue, keeper: LeaseKeeper) -> None:
    lease = await kept(queue, keeper)
    await queue.leases.delete_message(lease.id, lease.receipt)
    await keeper.delete(lease)
    assert await queue.length() == 0


async def test_renewing_and_settling_never_use_an_outdated_receipt(
    queue: WorkQueue, keeper: LeaseKeeper
) -> None:
    leases = [await kept(queue, keeper) for _ in range(8)]
    settlings = [
        keeper.delete(lease) if at % 2 else keeper.release(lease, 0) for at, lease in enumerate(leases)
    ]
    renewals = [keeper._renew(lease) for lease in leases]
    order = [step for pair in zip(renewals, settlings, strict=True) for step in pair]
    await asyncio.gather(*order)
    assert [lease.lost for lease in leases] == [False] * 8
    assert keeper.renewals == 8
    assert len(await queue.receive(PAGE, 300)) == await queue.length() == 4


async def test_a_renewal_that_fails_for_a_while_costs_nothing(queue: WorkQueue, keeper: LeaseKeeper) -> None:
    lease = await kept(queue, keeper)
    failing = Script([fail_before])
    keeper._queue = around(queue.leases, failing, "update_message")
    await eventually(lambda: keeper.renewals == 1)
    assert len(failing.seen) == 2
    assert lease.held


async def test_a_lease_counts_as_lost_before_the_service_gives_it_away(
    queue: WorkQueue, keeper: LeaseKeeper
) -> None:
    keeper._queue = around(queue.leases, fail_before, "update_message")
    for _ in range(5):
        began = time.monotonic()
        lease = await kept(queue, keeper)
        await no_longer_held(lease)
        messages = await queue.receive(1, 1)
        if time.monotonic() < began + LIFE:
            break
        await queue.leases.clear_messages()  # a busy machine asked too late, which shows nothing
    else:
        pytest.fail("no question came before the end of the lease")
    assert messages == []
    await eventually(lambda: lease.lost)


async def test_work_is_stopped_when_the_renewer_breaks(queue: WorkQueue) -> None:
    async def bug(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("a bug in the renewer")

    async def work() -> None:
        async with keep_leases(queue, LIFE) as keeper:
            await kept(queue, keeper)
            keeper._queue = around(queue.leases, bug, "update_message")
            async with asyncio.timeout(10):
                await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as stopped:
        await work()
    assert stopped.group_contains(AssertionError, match="a bug in the renewer")


async def test_a_settled_message_is_not_renewed_any_more(queue: WorkQueue, keeper: LeaseKeeper) -> None:
    lease = await kept(queue, keeper)
    keeper._queue = around(queue.leases, fail_before, "delete_message")
    with pytest.raises(StorageUnavailable):
        await keeper.delete(lease)
    await keeper._renew(lease)
    assert keeper.renewals == 0


async def kept(queue: WorkQueue, keeper: LeaseKeeper) -> Lease:
    await queue.send("work")
    (message,) = await queue.receive(1, LIFE)
    return keeper.keep(message)


async def no_longer_held(lease: Lease) -> None:
    await eventually(lambda: not lease.held)


async def received(queue: WorkQueue) -> Any:
    """The next message, as soon as it is visible."""
    async with asyncio.timeout(10):
        while not (messages := await queue.receive(1, 300)):  # noqa: ASYNC110 - a queue tells nobody
            await asyncio.sleep(0.02)
    return messages[0]
