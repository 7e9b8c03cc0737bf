"""The bound on memory: the documents of a process share it by their size."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ByteBound:
    """A semaphore counted in bytes, first come first served; what exceeds the whole bound gets all of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.taken = 0

    @asynccontextmanager
    async def take(self, size: int) -> AsyncIterator[None]:
        """Hold ``size`` bytes of the bound while the block runs."""
        size = min(size, self._limit)
        await self._admission(size)
        try:
            yield
        finally:
            self._give_back(size)

    async def _admission(self, size: int) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._line.append((size, turn))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._admit()  # whoever stood behind us may fit
            else:
                self._give_back(size)
            raise

    def _give_back(self, size: int) -> None:
        self.taken -= size
        self._admit()

    def _admit(self) -> None:
        while self._line:
            size, turn = self._line[0]
            if turn.cancelled():
                self._line.popleft()
            elif self.taken + size <= self._limit:
                self._line.popleft()
                self.taken += size
                turn.set_result(None)
            else:
                return
