"""How many files a worker takes from the queue: what it can begin soon, and the rest is left to others."""

import asyncio

import pytest

from libs.common.deployment import Deployment
from libs.common.storage.leases import Lease
from libs.jobs.messages import FileTask
from libs.jobs.settle import Desk, hand_back
from services.worker import worker as worker_room
from tests.conftest import Explicit
from tests.integration.conftest import Listed
from tests.integration.engines import StubbornEngine
from tests.integration.worker.test_worker import ReadRow, ended, working


async def test_no_more_files_are_in_hand_than_there_are_slots(
    explicit: Explicit, deployment: Deployment, listed: Listed
) -> None:
    gate = asyncio.Event()
    engine = StubbornEngine(gate=gate)
    job = await listed({f"{n:03}.txt": f"text {n}".encode() for n in range(60)})
    async with working(explicit, deployment, engine, max_concurrent_files=4):
        await engine.was_asked(4)
        visible = await deployment.file_queue.receive(32, 1)
        assert len(visible) == 32, "messages were hoarded"
        assert len(engine.asked) == 4
        gate.set()
        await ended(deployment, job)


async def test_while_files_are_quick_a_page_is_received_ahead_and_no_more(
    explicit: Explicit, deployment: Deployment, listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_room, "_HELD_SECONDS", 60)  # not while it is looked at
    gate = asyncio.Event()
    gate.set()
    engine = StubbornEngine(gate=gate)
    job = await listed({f"{n:03}.txt": f"text {n}".encode() for n in range(80)})
    async with working(explicit, deployment, engine, max_concurrent_files=4, max_messages=10):
        await engine.was_asked(30)
        gate.clear()
        held = await _held_at_last(deployment, 4 + 10)
        assert held > 4, "nothing was received ahead"
        gate.set()
        await ended(deployment, job)


async def test_what_files_took_before_says_nothing_of_those_that_do_not_end(
    explicit: Explicit, deployment: Deployment, listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_room, "_HELD_SECONDS", 60)  # not while it is looked at
    gate = asyncio.Event()
    gate.set()
    engine = StubbornEngine(gate=gate)
    quick = await listed({f"{n:03}.txt": f"quick {n}".encode() for n in range(40)})
    async with working(explicit, deployment, engine, max_concurrent_files=4):
        await ended(deployment, quick)
        gate.clear()
        await asyncio.sleep(worker_room._SOON_SECONDS)  # so long the worker remembers
        slow = await listed({f"slow-{n:03}.txt": f"slow {n}".encode() for n in range(40)})
        await engine.was_asked(44)
        # More of them would wait here for a slot, while others could translate them.
        assert await _held_at_last(deployment, 4) == 4
        gate.set()
        await ended(deployment, slow)


async def test_what_was_received_ahead_goes_back_when_files_become_slower(
    explicit: Explicit,
    deployment: Deployment,
    listed: Listed,
    file_row: ReadRow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_room, "_HELD_SECONDS", 0.5)
    gate = asyncio.Event()
    gate.set()
    engine = StubbornEngine(gate=gate)
    job = await listed({f"{n:03}.txt": f"text {n}".encode() for n in range(80)})
    async with working(explicit, deployment, engine, max_concurrent_files=4):
        await engine.was_asked(30)
        gate.clear()
        assert await _held_at_last(deployment, 4) == 4
        gate.set()
        await ended(deployment, job)
    assert {(await file_row(job, f"{n:03}.txt")).attempts for n in range(80)} == {1}


async def test_a_file_that_was_lost_with_its_worker_twice_has_the_next_one_to_itself(
    explicit: Explicit, deployment: Deployment, listed: Listed, file_row: ReadRow
) -> None:
    names = [f"{n}.txt" for n in range(5)]
    job = await listed({name: f"text of {name}".encode() for name in names})
    for _ in range(2):
        assert await _held(deployment) == 0  # received, all of them, and never settled
        await asyncio.sleep(1.2)
    gate = asyncio.Event()
    engine = StubbornEngine(gate=gate)
    # To look who holds what is a delivery too.
    async with working(explicit, deployment, engine, max_concurrent_files=4, max_attempts=100):
        await engine.was_asked(1)
        assert await _held_at_last(deployment, 1) == 1
        assert len(engine.asked) == 1
        gate.set()
        await ended(deployment, job)
    assert {(await file_row(job, name)).attempts for name in names} == {1}


async def test_a_file_that_is_to_be_alone_waits_for_no_other_for_ever(
    explicit: Explicit, deployment: Deployment, listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_room, "_SUSPECT_WAITS_SECONDS", 0.5)
    went_back = asyncio.Event()

    async def noticed(desk: Desk, lease: Lease, task: FileTask) -> None:
        await hand_back(desk, lease, task)
        went_back.set()

    monkeypatch.setattr(worker_room, "hand_back", noticed)
    await listed({"suspect.txt": b"suspect"})
    assert len(await deployment.file_queue.receive(32, 1)) == 1
    await asyncio.sleep(1.2)
    assert len(await deployment.file_queue.receive(32, 4)) == 1  # until a slow file is in hand
    gate = asyncio.Event()
    engine = StubbornEngine(gate=gate)
    await listed({"slow.txt": b"slow"})
    async with working(explicit, deployment, engine, max_concurrent_files=4), asyncio.timeout(30):
        await engine.was_asked(2)  # this job has the first one's file as well, under a message of its own
        await went_back.wait()
        await listed({"other.txt": b"other"})
        await engine.was_asked(3)  # what both jobs have is asked for once
        gate.set()


async def _held_at_last(deployment: Deployment, most: int) -> int:
    """Messages in somebody's hands, once no more than ``most`` are."""
    async with asyncio.timeout(20):
        # Those that ended are being settled: storage tells nobody when.
        while (held := await _held(deployment)) > most:  # noqa: ASYNC110
            await asyncio.sleep(1.2)  # until what was looked at can be seen again
    return held


async def _held(deployment: Deployment) -> int:
    """Messages in somebody's hands: all there are but those that can be received."""
    visible = 0
    while page := await deployment.file_queue.receive(32, 1):
        visible += len(page)
    return await deployment.file_queue.length() - visible
