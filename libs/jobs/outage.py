"""Whether storage is away, or only what one file needs of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from libs.common.errors import (
    AppError,
    FileUnavailable,
    StorageForbidden,
    StorageUnavailable,
    TokenUnavailable,
)

#: Longest time for storage to answer a small question (seconds).
_LOOK_SECONDS = 5.0
#: What is known of storage is used for so long (seconds): in an outage all files in hand ask at once.
_KEPT_SECONDS = 2.0
#: These say by themselves that no single file is meant.
_OF_ALL = (StorageForbidden, TokenUnavailable)

Check = Callable[[], Awaitable[None]]


class Outage:
    """Tells trouble with one file from an outage. ``ready`` raises an `AppError` unless storage answers."""

    def __init__(self, ready: Check) -> None:
        self._ready = ready
        self._asking = asyncio.Lock()
        self._asked = float("-inf")
        self._answers = False

    async def judged(self, error: Exception) -> Exception:
        """The error, as `FileUnavailable` when storage answers everything but what this file needs."""
        if not isinstance(error, StorageUnavailable) or isinstance(error, _OF_ALL):
            return error
        return FileUnavailable(str(error)) if await self._storage_answers() else error

    async def _storage_answers(self) -> bool:
        async with self._asking:
            if time.monotonic() - self._asked > _KEPT_SECONDS:
                self._answers = await self._look()
                self._asked = time.monotonic()
            return self._answers

    async def _look(self) -> bool:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._ready()
        except (AppError, TimeoutError):
            return False
        return True
