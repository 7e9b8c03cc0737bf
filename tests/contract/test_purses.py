"""Purses: what all processes together spend of a job's limit is never above it, whatever happens."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import AppError, BudgetExhausted, Conflict, StorageUnavailable
from libs.common.ledger import keys, purses
from libs.common.ledger.files import Files
from libs.common.ledger.purses import Purse, Purses, granted, open_purses
from tests.contract.conftest import PATIENCE
from tests.contract.faults import Call, Late, Script, around, fail_before, lose_reply

JOB = keys.new_job_id()
LIMIT = 20_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purses, "_PAUSE", 0.01)
    monkeypatch.setattr(purses, "_IDLE_SECONDS", 0.05)


async def spend(purse: Purse, chance: random.Random) -> int:
    """Spend until there is nothing to be had; gives how much was spent."""
    spent = misses = 0
    while misses < 3:
        wish = chance.randint(1, 400)
        try:
            await purse.take(wish)
        except BudgetExhausted:
            return spent
        except StorageUnavailable:
            misses += 1
            continue
        back = chance.choice([0, 0, wish // 2])
        purse.give_back(back)
        spent += wish - back
    return spent


class Weather:
    """Every fourth write fails, loses its reply, or lands late, when the row may have moved on."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._late: list[Late] = []
        self.faults = 0

    async def __call__(self, call: Call, *arguments: Any) -> Any:
        if self._late and self._chance.random() < 0.5:
            with suppress(Conflict):
                await self._late.pop().land()
        kind = self._chance.choice(["pass", "pass", "pass", "pass", "pass", "before", "lost", "late"])
        self.faults += kind != "pass"
        match kind:
            case "before":
                return await fail_before(call, *arguments)
            case "lost":
                return await lose_reply(call, *arguments)
            case "late":
                self._late.append(Late())
                return await self._late[-1].hold(call, *arguments)
        return await call(*arguments)


@pytest.mark.parametrize("seed", range(4))
async def test_four_processes_under_faults_never_spend_more_than_the_limit(
    deployment: Deployment, seed: int
) -> None:
    chance = random.Random(seed)
    weather = Weather(chance)
    table = around(deployment.file_table, weather, "commit")
    holders = [Purse(table, JOB, LIMIT) for _ in range(4)]
    spent = await asyncio.gather(*(spend(holder, chance) for holder in holders))
    taken = await granted(deployment.file_table, JOB)
    print(f"seed {seed}: spent {spent}, granted {taken}, {weather.faults} faults")
    assert weather.faults > 10
    assert sum(spent) + sum(holder.in_hand for holder in holders) <= taken <= LIMIT
    # Nothing of note is lost on the way either: what is neither spent nor granted is less than one wish.
    assert sum(spent) > LIMIT * 0.9


async def test_without_faults_only_less_than_one_wish_is_left(deployment: Deployment) -> None:
    chance = random.Random(7)
    holders = [Purse(deployment.file_table, JOB, LIMIT) for _ in range(4)]
    spent = sum(await asyncio.gather(*(spend(holder, chance) for holder in holders)))
    assert LIMIT - spent < 4 * 400
    assert await granted(deployment.file_table, JOB) <= LIMIT


@pytest.mark.parametrize("fault", [fail_before, lose_reply])
async def test_an_unclear_answer_neither_doubles_a_lease_nor_loses_it(
    deployment: Deployment, fault: Any
) -> None:
    purse = Purse(around(deployment.file_table, Script([fault, fault]), "commit"), JOB, 1000)
    await purse.take(600)
    assert purse.in_hand + 600 == await granted(deployment.file_table, JOB)
    purse.give_back(600)
    again = Purse(around(deployment.file_table, Script([fault, fault]), "commit"), JOB, 1000)
    again.in_hand = purse.in_hand
    await again.hand_in()
    assert await granted(deployment.file_table, JOB) == 0


async def test_what_is_left_goes_back_when_a_process_has_no_file_of_the_job_any_more(
    deployment: Deployment,
) -> None:
    async with open_purses(deployment.file_table) as one:
        with one.open(JOB, 100_000) as purse:
            await purse.take(1000)
        assert await granted(deployment.file_table, JOB) > 1000
        await is_granted(deployment, 1000)
        purse.give_back(400)  # a file that ended earlier was billed less
        await is_granted(deployment, 600)


async def test_what_is_left_goes_back_when_a_process_stops(deployment: Deployment) -> None:
    async with opened(deployment) as (one, purse):
        await purse.take(1000)
        assert await granted(deployment.file_table, JOB) > 1000
        await one.hand_in()
        assert await granted(deployment.file_table, JOB) == 1000


async def test_a_purse_that_was_refused_gives_again_when_the_limit_is_raised(deployment: Deployment) -> None:
    async with opened(deployment) as (one, purse):
        await purse.take(100_000)
        with pytest.raises(BudgetExhausted, match="0 are left"):
            await purse.take(1)
        with one.open(JOB, 100_010) as raised:
            await raised.take(10)
            with pytest.raises(BudgetExhausted):
                await raised.take(1)


async def test_the_purse_of_a_job_goes_with_its_rows_and_is_not_brought_back(
    deployment: Deployment, files: Files
) -> None:
    async with opened(deployment) as (one, purse):
        await purse.take(1000)
        while (await files.remove_some(JOB))[0]:
            pass
        await one.hand_in()
        assert await deployment.file_table.get(JOB, keys.PURSE_KEY) is None


async def test_a_purse_is_no_counter(deployment: Deployment, files: Files) -> None:
    await files.begin(JOB)
    before = await files.progress(JOB)
    async with opened(deployment) as (_, purse):
        await purse.take(1000)
        assert await files.progress(JOB) == before


async def test_while_storage_is_away_nothing_is_spent(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purses, "_TRIES", 3)
    purse = Purse(around(deployment.file_table, Script([fail_before] * 3), "commit"), JOB, 1000)
    with pytest.raises(AppError):
        await purse.take(10)
    assert purse.in_hand == await granted(deployment.file_table, JOB) == 0


@asynccontextmanager
async def opened(deployment: Deployment) -> AsyncIterator[tuple[Purses, Purse]]:
    async with open_purses(deployment.file_table) as one:
        with one.open(JOB, 100_000) as purse:
            yield one, purse


async def is_granted(deployment: Deployment, characters: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await granted(deployment.file_table, JOB) != characters:  # noqa: ASYNC110 - it is in storage
            await asyncio.sleep(0.02)
