"""How a process finds the pace of an engine whose quota nobody told it, on a simulated clock."""

import asyncio

import pytest

from libs.translation.engines.engine import Limits
from libs.translation.errors import EngineThrottled
from libs.translation.translator import Translator
from tests.unit.translation.asking import EN_ES, translated, translator
from tests.unit.translation.doubles import QuotaEngine, ToldEngine
from tests.unit.translation.simulated import simulated


def busy(engine: ToldEngine, *, at_once: int, slots: int) -> list[asyncio.Task[None]]:
    """Slots that translate one file of five sentences after the other, no sentence twice."""
    shared = Translator(engine, requests_in_flight=at_once, request_seconds=60)
    numbers = iter(range(10_000))

    async def slot() -> None:
        for number in numbers:
            text = "\n\n".join(f"S{number} {n}." for n in range(5))
            await shared.translate("a.txt", text.encode(), EN_ES)

    return [asyncio.create_task(slot()) for _ in range(slots)]


async def stopped(slots: list[asyncio.Task[None]]) -> None:
    for task in slots:
        task.cancel()
    await asyncio.gather(*slots, return_exceptions=True)


@pytest.mark.parametrize("quota", [2, 5])
def test_requests_in_flight_settle_at_what_the_engine_takes(quota: int) -> None:
    """The engine serves ``quota`` at once; a refusal costs it nothing, and it wishes a short pause."""

    class Narrow(ToldEngine):
        refused = 0

        async def translate(self, segments, wish):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            if self.busy >= quota:
                self.refused += 1
                raise EngineThrottled("slower", 0.05)
            return await super().translate(segments, wish)

    engine = Narrow(seconds=1)
    engine.limits = Limits(elements=5, units=10_000)

    async def files() -> None:
        slots = busy(engine, at_once=16, slots=16)
        await asyncio.sleep(60)
        before, refused = len(engine.sent), engine.refused
        await asyncio.sleep(300)
        served = len(engine.sent) - before
        await stopped(slots)
        assert served >= 0.6 * quota * 300
        assert engine.refused - refused <= 0.3 * served

    simulated(files())


def test_a_quota_nobody_told_us_is_lived_with_and_fails_no_file() -> None:
    engine = QuotaEngine(quota=120, window=60, seconds=0.75)
    engine.limits = Limits(elements=5, units=10_000)

    async def files() -> None:
        slots = busy(engine, at_once=4, slots=8)
        await asyncio.sleep(60)
        before = len(engine.refused), len(engine.sent)
        await asyncio.sleep(600)
        refused, sent = len(engine.refused) - before[0], len(engine.sent) - before[1]
        assert not any(task.done() for task in slots)
        await stopped(slots)
        assert sent >= 0.7 * 1_200
        assert refused <= 0.1 * sent

    simulated(files())


def test_a_request_larger_than_a_small_quota_goes_in_parts() -> None:
    class Small(ToldEngine):
        async def translate(self, segments, wish):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            if len(segments) > 20:
                raise EngineThrottled("slower", 1)
            return await super().translate(segments, wish)

    (result,) = simulated(translated(translator(Small()), "\n\n".join(f"L{n}." for n in range(90))))
    assert result.data.startswith(b"L0.")
