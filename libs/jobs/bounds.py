"""The bound on memory: the documents of a process share it by their size."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ByteBound:
    """A semaphore counted in bytes, first come first served; what exceeds the whole bound gets all of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._changed = asyncio.Condition()
        self._line = asyncio.Lock()
        self.taken = 0

    @asynccontextmanager
    async def take(self, size: int) -> AsyncIterator[None]:
        """Hold ``size`` bytes of the bound while the block runs."""
        size = min(size, self._limit)
        async with self._line, self._changed:
            await self._changed.wait_for(lambda: self.taken + size <= self._limit)
            self.taken += size
        try:
            yield
        finally:
            self.taken -= size
            async with self._changed:
                self._changed.notify_all()
