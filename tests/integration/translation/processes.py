"""The programs of living chains, as the machine sees them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any


def members_of(parent: int) -> list[int]:
    """The programs a process has started and not reaped (zombies too), first to last."""
    return sorted(pid for pid in _pids() if _state(pid)[1] == parent)


def runs(pid: int) -> bool:
    return _state(pid)[0] not in {"Z", "gone"}


async def eventually(condition: Callable[[], bool]) -> None:
    """The machine tells nobody when a process of another ends: look again, for ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)


async def most_of(members: Callable[[], list[int]], work: asyncio.Future[Any]) -> int:
    """The most programs seen at a time until the work is done, in a minute at most."""
    most = 0
    async with asyncio.timeout(60):
        while not work.done():  # looked at again and again: what is counted comes and goes meanwhile
            most = max(most, len(members()))
            await asyncio.sleep(0.005)
    return most


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _state(pid: int) -> tuple[str, int]:
    """State letter and parent: the fields behind the name, which may hold blanks and brackets."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "gone", 0
    return state, int(parent)
