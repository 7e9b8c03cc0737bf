"""What a Prometheus says: which alerts fire, and which series a query has."""

import asyncio
import math
from collections.abc import Iterable
from typing import Any

import aiohttp

from tests.compose.problems import Failed

_ASK_SECONDS, _PAUSE = 10.0, 0.5
#: Seconds between two values of a range.
_STEP = 5


class Prometheus:
    """One server, at an address on loopback."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url

    async def firing(self) -> set[str]:
        """Names of the alerts that fire now."""
        data = await self._get("alerts", {})
        return {alert["labels"]["alertname"] for alert in data["alerts"] if alert["state"] == "firing"}

    async def until(self, alerts: Iterable[str], *, fire: bool, seconds: float) -> dict[str, float]:
        """How many seconds each alert takes to fire, or to fire no more. Raises Failed."""
        clock = asyncio.get_running_loop().time
        begin, awaited = clock(), set(alerts)
        seen = dict[str, float]()
        while awaited - set(seen):
            firing = await self.firing()
            for alert in awaited - set(seen):
                if (alert in firing) is fire:
                    seen[alert] = clock() - begin
            if clock() - begin > seconds and awaited - set(seen):
                how = "did not fire" if fire else "fires on"
                raise Failed(f"{', '.join(sorted(awaited - set(seen)))} {how} after {seconds:g} s")
            await asyncio.sleep(_PAUSE)
        return seen

    async def series(self, query: str, begin: float, end: float) -> int:
        """How many series with a number the query has between two times (seconds of the epoch)."""
        asked = {"query": query, "start": f"{begin:.0f}", "end": f"{end:.0f}", "step": str(_STEP)}
        data = await self._get("query_range", asked)
        values = [[float(value) for _, value in series["values"]] for series in data["result"]]
        return sum(1 for each in values if not all(map(math.isnan, each)))

    async def targets(self) -> dict[str, int]:
        """How many targets of each job are up."""
        data = await self._get("query", {"query": "sum by (job) (up)"})
        return {each["metric"]["job"]: int(each["value"][1]) for each in data["result"]}

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(_ASK_SECONDS)
        async with self._http.get(f"{self._url}/api/v1/{path}", params=query, timeout=timeout) as response:
            answer = await response.json()
        if answer["status"] != "success":
            raise Failed(f"Prometheus refuses {query}: {answer.get('error')}")
        data: dict[str, Any] = answer["data"]
        return data
