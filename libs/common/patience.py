"""A deadline that leaves an answer its chance after the event loop has stood still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: A deadline that is noticed later than this (seconds) was missed because the loop stood still.
_LATE = 0.5
#: Such a deadline is put off once by so many seconds, or by its own length where that is less: answers that
#: came meanwhile are read at once, and a request that was not sent yet has time to come through.
_GRACE = 5.0


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """As `asyncio.timeout`: raises TimeoutError when the block takes longer than ``seconds``.

    `asyncio.timeout` gives up every call under way in a loop that stood still beyond its deadline, although
    the answer lies in the socket already.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as timeout:

        def expire() -> None:
            timeout.reschedule(loop.time())

        def notice(due: float) -> None:
            if loop.time() - due > _LATE:
                handles.append(loop.call_later(min(seconds, _GRACE), expire))
            else:
                expire()

        due = loop.time() + seconds
        handles = [loop.call_at(due, notice, due)]
        try:
            yield
        finally:
            for handle in handles:
                handle.cancel()
