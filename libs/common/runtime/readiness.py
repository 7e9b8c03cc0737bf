"""Whether a service can do its work now, and what it waits for otherwise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from libs.common.errors import StorageUnavailable
from libs.common.runtime.process import done_before
from libs.common.waiting import Waiting


class Storage(Protocol):
    """What a service needs before it can work; a `Deployment` is one."""

    async def create(self, waiting: Waiting) -> None:
        """Make what is missing; wait for storage as long as it takes."""

    async def ready(self) -> None:
        """Raise an `AppError` unless storage answers now."""


class Readiness:
    """What ``/readyz`` says: the start, then whether storage answers, at last that the service stops."""

    def __init__(self, waiting: Waiting | None = None) -> None:
        self._waiting = waiting or Waiting()
        self._storage: Storage | None = None
        self._stage = "the service is starting"
        self._reached = False

    @property
    def reached(self) -> bool:
        """Whether storage has answered since the start."""
        return self._reached

    async def check(self) -> None:
        """Raise an `AppError`, which says why, unless the service can work now."""
        if self._storage is None:
            raise StorageUnavailable(self._waiting.reason or self._stage)
        await self._storage.ready()

    @asynccontextmanager
    async def reaching(self, storage: Storage, stop: asyncio.Event) -> AsyncIterator[bool]:
        """Wait until storage has what the service needs, and be ready while the block runs.

        Gives False when ``stop`` was set before that: there is nothing to run then.
        """
        if not await done_before(stop, storage.create(self._waiting)):
            yield False
            return
        self._storage, self._reached = storage, True
        try:
            yield True
        finally:
            self._storage, self._stage = None, "the service is stopping"
