"""Work at the same time, in order and bounded: every task has an owner, and none outlives the call."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sized
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

#: CPU work on this much takes a few milliseconds at most; a thread would cost more than it spares.
_SMALL_BYTES = 4 * 1024


async def each(
    work: Callable[[_Item], Awaitable[_Result]], items: Iterable[_Item], *, at_once: int
) -> list[_Result]:
    """``work`` on every item, ``at_once`` of them at a time; results in the items' order.

    An item is taken when its turn comes. The first error cancels the rest and is raised as it is, not in a
    group.
    """
    results: dict[int, _Result] = {}
    remaining = iter(enumerate(items))

    async def drain() -> None:
        for index, item in remaining:
            results[index] = await work(item)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(at_once, len(items)) if isinstance(items, Sized) else at_once):
                tasks.create_task(drain())
    except BaseExceptionGroup as group:
        error = group.exceptions[0]
        raise error from error.__cause__
    return [results[index] for index in range(len(results))]


async def aside(size: int, work: Callable[..., _Result], *given: object) -> _Result:
    """CPU work on ``size`` bytes, in a thread unless it is small; cancelled, it may run on to its end."""
    if size <= _SMALL_BYTES:
        return work(*given)
    return await asyncio.to_thread(work, *given)
