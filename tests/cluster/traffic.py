"""Requests to the API while something happens to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.cluster.callers import Caller

#: Bounds a run of the program whose end nobody asks for (seconds).
_LONGEST = 1800.0


@dataclass(slots=True)
class Traffic:
    """What came of it, once the block has ended; times are in milliseconds."""

    sent: int = 0
    lost: dict[str, int] | None = None
    half: int = 0
    most: int = 0
    slowest: int = 0

    def __str__(self) -> str:
        lost = sum((self.lost or {}).values())
        figures = (
            f"half within {self.half} ms, 99 % within {self.most} ms, the slowest took {self.slowest} ms"
        )
        return f"{self.sent - lost:,} of {self.sent:,} requests answered, {figures}"


@asynccontextmanager
async def traffic(caller: Caller, rate: float) -> AsyncIterator[Traffic]:
    """So many requests a second while the block runs, half of them on new connections."""
    seen = Traffic()
    sending = asyncio.create_task(
        caller.run("traffic", str(rate), str(_LONGEST), seconds=_LONGEST + 60), name="traffic"
    )
    try:
        yield seen
    except BaseException:
        sending.cancel()
        raise
    finally:
        await caller.cluster.run(caller.pod, "touch", "/tmp/stop-traffic", seconds=30)
    for name, value in json.loads(await sending).items():
        setattr(seen, name, value)
