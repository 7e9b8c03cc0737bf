"""Waiting at the start for what passes: storage that is away, a role or a token that is not there yet."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import structlog

from libs.common.errors import (
    NotFound,
    StorageForbidden,
    StorageRejected,
    StorageUnavailable,
    TokenUnavailable,
)

#: Pauses between two tries (seconds): they double from the first to the longest, plus up to a fourth. The
#: longest bounds how late a service notices that storage is back. With one try (5 s at most, when nothing
#: answers at all) and a readiness probe every 10 s, a pod is ready within 15 s of storage's return.
_FIRST_PAUSE, _LONGEST_PAUSE, _JITTER = 0.1, 1.0, 0.25
#: The log repeats what is waited for after so long (seconds).
_REMIND_SECONDS = 60.0

_log = structlog.get_logger(__name__)

Step = Callable[[], Awaitable[None]]


class Waiting:
    """Insists on steps that storage has to carry out, and says meanwhile what it waits for.

    ``clock`` gives seconds that never go back, ``pause`` waits for so many seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._began: float | None = None
        self._reminded = 0.0
        self._for = ""

    @property
    def reason(self) -> str:
        """What is waited for, in words; empty when nothing is."""
        return "" if self._began is None else f"waiting since {self._seconds:.0f} s for {self._for}"

    async def insist(self, *steps: Step) -> None:
        """Take the steps in turn, each until it is done.

        An error that no waiting can heal (`StorageRejected`, for instance) is raised at once.
        """
        for step in steps:
            await self._insist(step)
        if self._began is not None:
            _log.info("storage answers", waited=round(self._seconds, 1))
            self._began = None

    async def _insist(self, step: Step) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await step()
            except StorageUnavailable as error:
                self._note(error)
            except NotFound as error:
                said = f"{error}. Is the endpoint, and the account's name in it, right?"
                raise StorageRejected(said) from error
            else:
                return
            await self._pause(pause * random.uniform(1, 1 + _JITTER))  # noqa: S311 - jitter, not a secret
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _note(self, error: StorageUnavailable) -> None:
        now, self._for = self._clock(), _words(error)
        if self._began is None:
            self._began = self._reminded = now
        elif now - self._reminded < _REMIND_SECONDS:
            return
        self._reminded = now
        _log.warning("waiting for storage", waits_for=self._for, waited=round(self._seconds))

    @property
    def _seconds(self) -> float:
        return 0.0 if self._began is None else self._clock() - self._began


def _words(error: StorageUnavailable) -> str:
    match error:
        case TokenUnavailable():
            return f"the identity's token endpoint to give a token ({error})"
        case StorageForbidden():
            return f"a role for this identity; a new assignment takes up to half an hour ({error})"
        case _:
            return f"storage to answer ({error})"
