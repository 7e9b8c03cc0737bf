"""Four workers against a quota of which they know at most what is configured, minutes in a second."""

import asyncio
import random
from types import SimpleNamespace

import pytest

from libs.common.ledger import allowances
from libs.common.ledger.allowances import TableAllowance
from tests.unit.translation.fleet import Fleet, OneRow, QuotaEngine, now
from tests.unit.translation.simulated import simulated

QUOTA = 120_000


@pytest.fixture(autouse=True)
def _simulated_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "time", SimpleNamespace(monotonic=now))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_quota_is_used_and_rarely_passed_even_when_it_is_halved_and_nobody_is_told(seed: int) -> None:
    random.seed(seed)
    engine = QuotaEngine(QUOTA)

    async def job() -> None:
        fleet = Fleet(engine, QUOTA, seed)
        fleet.start()
        await asyncio.sleep(120)
        assert engine.used(60, 120) >= 0.9
        assert engine.throttled(60, 120) <= 0.05
        engine.quota = QUOTA // 2
        await asyncio.sleep(120)
        assert engine.used(180, 240) >= 0.88
        assert engine.throttled(180, 240) <= 0.05
        # One probe after the other, until the window had room again.
        assert engine.refusals(120, 180) <= 30
        engine.quota = QUOTA
        await asyncio.sleep(480)
        assert engine.used(600, 720) >= 0.9
        await fleet.stop()

    simulated(job())


def test_a_rate_that_is_configured_far_too_high_is_found_out() -> None:
    random.seed(3)
    engine = QuotaEngine(QUOTA)

    async def job() -> None:
        fleet = Fleet(engine, QUOTA * 4, 3)
        fleet.start()
        await asyncio.sleep(600)
        assert engine.used(180, 600) >= 0.88
        assert engine.throttled(180, 600) <= 0.05
        await fleet.stop()

    simulated(job())


def test_who_waits_while_the_engine_complains_waits_on_with_all_others() -> None:
    async def eight() -> list[float]:
        table, ends = OneRow(seed=4), list[float]()
        workers = [TableAllowance(table, "azure", QUOTA) for _ in range(8)]  # type: ignore[arg-type] # a double

        async def take(worker: TableAllowance) -> None:
            await worker.take(1)
            ends.append(now())

        waiting = [asyncio.create_task(take(worker)) for worker in workers]
        await asyncio.sleep(1)
        assert 0 < len(ends) < len(workers)
        await workers[0].throttled(1, 0.1, wish=20)
        await asyncio.gather(*waiting)
        return ends

    assert not [end for end in simulated(eight()) if 1.5 < end < 20]
