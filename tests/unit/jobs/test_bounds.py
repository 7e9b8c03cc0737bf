"""The bound on memory: never exceeded, served in order, given back whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import given
from hypothesis import strategies as st

from libs.jobs.bounds import ByteBound

LIMIT = 100


class Holder:
    """A task that wants some bytes and holds them until it is told to let go."""

    def __init__(self, bound: ByteBound, size: int) -> None:
        self.holds = False
        self._let_go = asyncio.Event()
        self._task = asyncio.create_task(self._hold(bound, size))

    async def _hold(self, bound: ByteBound, size: int) -> None:
        async with bound.take(size):
            self.holds = True
            await self._let_go.wait()
        self.holds = False

    async def ends(self) -> None:
        self._let_go.set()
        await asyncio.wait([self._task])

    async def is_cancelled(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        self.holds = False


@asynccontextmanager
async def holders(bound: ByteBound, *sizes: int) -> AsyncIterator[list[Holder]]:
    made = [Holder(bound, size) for size in sizes]
    await settled()
    yield made
    for holder in made:
        await holder.is_cancelled()
    assert bound.taken == 0


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(30):
        await asyncio.sleep(0)


@given(st.lists(st.integers(0, 3 * LIMIT), max_size=12))
def test_never_more_than_the_bound_is_held_and_everybody_is_served(sizes: list[int]) -> None:
    async def run() -> None:
        bound, served = ByteBound(LIMIT), 0

        async def use(size: int) -> None:
            nonlocal served
            async with bound.take(size):
                assert bound.taken <= LIMIT
                await asyncio.sleep(0)
            served += 1

        async with asyncio.timeout(5):
            await asyncio.gather(*(use(size) for size in sizes))
        assert (served, bound.taken) == (len(sizes), 0)

    asyncio.run(run())


async def test_first_come_is_first_served_so_that_a_large_file_is_not_overtaken_for_ever() -> None:
    async with holders(ByteBound(LIMIT), 60, 80, 10) as (first, large, small):
        assert [first.holds, large.holds, small.holds] == [True, False, False]
        await first.ends()
        await settled()
        assert [large.holds, small.holds] == [True, True]


async def test_what_exceeds_the_bound_is_served_alone() -> None:
    async with holders(ByteBound(LIMIT), 1, 10 * LIMIT, 1) as (small, oversized, after):
        assert [small.holds, oversized.holds, after.holds] == [True, False, False]
        await small.ends()
        await settled()
        assert [oversized.holds, after.holds] == [True, False]
        await oversized.ends()
        await settled()
        assert after.holds


async def test_one_that_is_cancelled_gives_back_what_it_held_and_its_place_in_the_line() -> None:
    async with holders(ByteBound(LIMIT), 100, 100, 50) as (holding, waiting, behind):
        await waiting.is_cancelled()
        await settled()
        assert not behind.holds
        await holding.is_cancelled()
        await settled()
        assert behind.holds
