"""What /readyz says from a service's start to its stop."""

import asyncio

import pytest

from libs.common.errors import StorageUnavailable
from libs.common.runtime.readiness import Readiness
from libs.common.waiting import Waiting


class Storage:
    """Stands for a deployment: made once ``there`` is set."""

    def __init__(self) -> None:
        self.there = asyncio.Event()
        self.asked = asyncio.Event()

    async def create(self, waiting: Waiting) -> None:
        async def step() -> None:
            self.asked.set()
            if not self.there.is_set():
                raise StorageUnavailable("nobody is there")

        await waiting.insist(step)

    async def ready(self) -> None:
        if not self.there.is_set():
            raise StorageUnavailable("it went away")


async def refusal(readiness: Readiness) -> str:
    with pytest.raises(StorageUnavailable) as raised:
        await readiness.check()
    return str(raised.value)


async def test_it_is_ready_from_storages_first_answer_to_its_stop_and_says_why_otherwise() -> None:
    storage, readiness = Storage(), Readiness()
    assert await refusal(readiness) == "the service is starting"

    async def appear() -> None:
        await storage.asked.wait()
        while "nobody is there" not in await refusal(readiness):  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0)
        storage.there.set()

    appearing = asyncio.create_task(appear())
    async with readiness.reaching(storage, asyncio.Event()) as reached:
        assert reached
        await readiness.check()
        storage.there.clear()
        assert await refusal(readiness) == "it went away"
    await appearing
    assert await refusal(readiness) == "the service is stopping"
    assert readiness.reached, "a request under way at the stop is not refused as if it were the start"


async def test_a_stop_ends_the_wait() -> None:
    storage, readiness, stop = Storage(), Readiness(), asyncio.Event()

    async def end() -> None:
        await storage.asked.wait()
        stop.set()

    ending = asyncio.create_task(end())
    async with asyncio.timeout(5), readiness.reaching(storage, stop) as reached:
        assert not reached
    await ending
    assert not readiness.reached
