"""The bound on memory: the documents of a process share it by their size."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """What a file has been given of the bound."""

    #: Size of the file that memory was set aside for; no more of it is read.
    file_bytes: int
    #: Memory set aside, in bytes: all of the bound where the file asked for more.
    memory: int


class Outgrown(Exception):
    """A file is larger than its `Room`; memory has to be set aside for ``size`` bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes, more than memory was set aside for")
        self.size = size


class ByteBound:
    """A semaphore counted in bytes, first come first served; what exceeds the whole bound gets all of it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.taken = 0

    @asynccontextmanager
    async def take(self, size: int) -> AsyncIterator[int]:
        """Hold ``size`` bytes of the bound while the block runs. Gives how many they are."""
        size = min(size, self._limit)
        await self._admission(size)
        try:
            yield size
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
