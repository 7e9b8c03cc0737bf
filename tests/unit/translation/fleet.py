"""Worker processes that share an allowance and an engine with a quota, on a simulated clock."""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deploy.local.emulators.azure_translator.quota import Quota
from libs.common.errors import AlreadyExists, Conflict
from libs.common.ledger.allowances import TableAllowance
from libs.translation.engines.engine import Limits, Translated, Wish
from libs.translation.errors import EngineThrottled
from libs.translation.segments import Segment, units
from libs.translation.translator import Order, Translator
from tests.unit.translation.doubles import ToldEngine

_LATENCY = 0.15
_FILES_AT_ONCE, _REQUESTS_AT_ONCE, _LINES = 8, 8, 70
#: Unix time when the simulated clock shows 0.
_BEGINNING = 1_800_000_000.4


class OneRow:
    """A table with one row, as far away as a table is; its clock shows whole seconds."""

    def __init__(self, seed: int) -> None:
        self._row: dict[str, Any] | None = None
        self._random = random.Random(seed)
        self._version = 0
        self.calls = 0

    async def get_dated(self, _partition: str, _key: str) -> tuple[Mapping[str, Any] | None, float]:
        await self._away()
        found, answered = self._row, _BEGINNING + now()
        await self._away()
        return found, float(int(answered))

    async def commit(self, operations: Sequence[tuple[Any, ...]]) -> list[str]:
        await self._away()
        kind, entity, *options = operations[0]
        if kind == "create" and self._row is not None:
            raise AlreadyExists("there is a row")
        if kind == "update" and options[0]["etag"] != self._etag:
            raise Conflict("another was faster")
        self._version += 1
        self._row = Row(entity, self._etag)
        await self._away()
        return [self._etag]

    @property
    def _etag(self) -> str:
        return f'W/"{self._version}"'

    async def _away(self) -> None:
        self.calls += 1
        await asyncio.sleep(self._random.uniform(0.002, 0.015))


class Row(dict[str, Any]):
    def __init__(self, entity: Mapping[str, Any], etag: str) -> None:
        super().__init__(entity)
        self.metadata = {"etag": etag}


class QuotaEngine(ToldEngine):
    """Has ``quota`` characters in any minute, exactly as the emulator, and wishes nothing."""

    limits = Limits(elements=1_000, units=50_000)

    def __init__(self, quota: int) -> None:
        super().__init__(seconds=_LATENCY)
        self.quota, self._window = quota, Quota(clock=now)
        self.asked: list[float] = []
        self.refused: list[float] = []
        self.served: list[tuple[float, int]] = []

    async def translate(self, segments: Sequence[Segment], _wish: Wish) -> list[Translated]:
        self.asked.append(now())
        characters = sum(map(units, segments))
        if not self._window.take(characters, self.quota):
            self.refused.append(now())
            raise EngineThrottled("slower")
        self.served.append((now(), characters))
        await asyncio.sleep(self.seconds)
        return [Translated(segment, units(segment)) for segment in segments]

    def used(self, begin: float, end: float) -> float:
        """Share of the quota."""
        return sum(size for at, size in self.served if begin <= at < end) / (self.quota * (end - begin) / 60)

    def refusals(self, begin: float, end: float) -> int:
        return sum(begin <= at < end for at in self.refused)

    def throttled(self, begin: float, end: float) -> float:
        """Share of the requests."""
        return self.refusals(begin, end) / sum(begin <= at < end for at in self.asked)


def now() -> float:
    return asyncio.get_running_loop().time()


class Fleet:
    def __init__(self, engine: QuotaEngine, rate: int, seed: int, workers: int = 4) -> None:
        self.table = OneRow(seed)
        self._shops = [
            Translator(
                engine,
                requests_in_flight=_REQUESTS_AT_ONCE,
                request_seconds=60,
                allowance=TableAllowance(self.table, "azure", rate),  # type: ignore[arg-type] # a double
            )
            for _ in range(workers)
        ]
        self._slots: list[asyncio.Task[None]] = []

    def start(self) -> None:
        files = iter(range(1_000_000))
        self._slots = [
            asyncio.create_task(self._slot(shop, files))
            for shop in self._shops
            for _ in range(_FILES_AT_ONCE)
        ]

    async def stop(self) -> None:
        """Raises what any file failed with."""
        for slot in self._slots:
            slot.cancel()
        for ended in await asyncio.gather(*self._slots, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise ended or RuntimeError("there is no last file")
        for shop in self._shops:
            await shop.close()

    @staticmethod
    async def _slot(shop: Translator, files: Iterator[int]) -> None:
        for number in files:
            lines = "\n".join(f"Line {n} of file {number} tells of something else." for n in range(_LINES))
            await asyncio.sleep(random.uniform(0.02, 0.08))  # it is read and written
            await shop.translate("a.txt", lines.encode(), Order("en", "es"))
