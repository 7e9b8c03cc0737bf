"""Allowances: all workers together keep to the rate, share it, and lose none of it to one another."""

import asyncio
import time
from contextlib import suppress

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger import allowances
from libs.common.ledger.allowances import LEASE_SECONDS, ServiceClock, TableAllowance
from tests.contract.faults import Script, around, fail_before, lose_reply, pass_on

#: Characters a second.
RATE = 2000


def holder(deployment: Deployment, name: str = "engine") -> TableAllowance:
    return TableAllowance(deployment.job_table, name, RATE * 60)


async def test_four_workers_share_the_rate_and_never_pass_it(deployment: Deployment) -> None:
    sent: list[tuple[float, int, int]] = []
    began = time.monotonic()

    async def work(number: int, size: int) -> None:
        own = holder(deployment)
        with suppress(TimeoutError):
            async with asyncio.timeout(6):
                while True:
                    await own.take(size)
                    sent.append((time.monotonic() - began, number, size))

    # One has large requests, larger than a lease; the others have small ones.
    await asyncio.gather(work(0, 3000), *(work(number, 250) for number in range(1, 4)))
    moments = sorted(sent)
    for index, (begin, _, _) in enumerate(moments):
        total = 0
        for end, _, size in moments[index:]:
            total += size
            # The bound of the docstring, and the large requests, which are let go at once.
            assert total <= RATE * (end - begin + LEASE_SECONDS) + 4 * RATE * LEASE_SECONDS + 3000
    shares = [sum(size for _, worker, size in sent if worker == number) for number in range(4)]
    print(f"sent {sum(shares)} of {RATE * 6}: {shares}")
    assert sum(shares) > RATE * 6 * 0.6
    assert min(shares) > 0


async def test_a_lost_reply_costs_part_of_the_rate_and_takes_nothing_twice(deployment: Deployment) -> None:
    table = around(deployment.job_table, Script([lose_reply, fail_before, lose_reply]), "commit")
    began = time.monotonic()
    await TableAllowance(table, "engine", RATE * 60).take(RATE // 4)
    await holder(deployment).take(RATE // 4)
    # Two leases were lost, each a quarter of a second; those before them could be taken at once.
    assert time.monotonic() - began < 10


async def test_while_storage_is_away_nothing_is_let_go_and_in_the_end_that_is_told(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "_PATIENCE", 0.2)
    table = around(deployment.job_table, Script([fail_before] * 1000), "commit")
    with pytest.raises(StorageUnavailable):
        await TableAllowance(table, "engine", RATE * 60).take(1)


async def test_engines_have_allowances_of_their_own(deployment: Deployment) -> None:
    slow, fast = (
        TableAllowance(deployment.job_table, name, rate) for name, rate in [("s", 1), ("f", 60_000)]
    )
    waiting = asyncio.create_task(slow.take(1000))
    async with asyncio.timeout(10):
        await fast.take(1000)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_a_process_that_is_cancelled_while_it_waits_stops_at_once(deployment: Deployment) -> None:
    own = holder(deployment)
    waiting = asyncio.create_task(own.take(RATE * 600))
    await asyncio.sleep(0.2)
    waiting.cancel()
    async with asyncio.timeout(2):
        await asyncio.wait([waiting])
    assert waiting.cancelled()


async def test_a_complaint_of_one_worker_holds_all_up_and_slows_all_down_once(deployment: Deployment) -> None:
    first, second = holder(deployment), holder(deployment)
    await first.take(RATE // 8)
    await second.take(RATE // 8)
    full = first.largest
    ends: list[float] = []
    waiting = asyncio.create_task(first.take(RATE * 5 // 4))
    waiting.add_done_callback(lambda _: ends.append(time.monotonic()))
    await asyncio.sleep(0.2)
    began = time.monotonic()
    pauses = await asyncio.gather(*(own.throttled(RATE // 8, 0.2, wish=1.5) for own in (first, second)))
    assert min(pauses) > 1
    await second.take(1)
    assert time.monotonic() - began > 1.2
    await waiting
    assert ends[0] - began > 1.2
    assert 0.5 * full < first.largest < 0.9 * full
    assert first.largest == second.largest


async def test_a_complaint_that_storage_does_not_take_holds_nobody_up(deployment: Deployment) -> None:
    table = around(deployment.job_table, Script([pass_on, fail_before]), "commit")
    own = TableAllowance(table, "engine", RATE * 60)
    await own.take(1)
    assert await own.throttled(1, 0.0, wish=600) == 0
    async with asyncio.timeout(60):
        await own.take(RATE)


def test_the_latest_that_any_answer_tells_is_the_service_s_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 50.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    clock = ServiceClock()
    assert clock.answered(1000.0) == 1000.0
    now = 50.9
    assert clock.answered(1001.0) == pytest.approx(1001.0)  # it turned a second just before
    now = 51.5
    assert clock.answered(1001.0) == pytest.approx(1001.6)  # and did not stand still since
