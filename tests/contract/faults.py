"""Storage that goes wrong on cue. Every handle here delegates to the real Azurite: nothing plays storage."""

import copy
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from libs.common.errors import StorageUnavailable
from libs.common.ledger.tables import Operation

HandleT = TypeVar("HandleT")
Call = Callable[..., Awaitable[Any]]
Around = Callable[..., Awaitable[Any]]


def around(real: HandleT, do: Around, *methods: str) -> HandleT:
    """A second handle on ``real`` whose ``methods`` run as ``do(call, *arguments)``."""
    handle = copy.copy(real)
    for method in methods:
        setattr(handle, method, _bound(do, getattr(real, method)))
    return handle


def _bound(do: Around, call: Call) -> Call:
    async def method(*arguments: Any, **options: Any) -> Any:
        return await do(call, *arguments, **options)

    return method


async def pass_on(call: Call, *arguments: Any, **options: Any) -> Any:
    return await call(*arguments, **options)


async def fail_before(_call: Call, *_arguments: Any, **_options: Any) -> Any:
    """Not carried out."""
    raise StorageUnavailable("injected: not carried out")


async def lose_reply(call: Call, *arguments: Any, **options: Any) -> Any:
    """Carried out, and nobody is told."""
    await call(*arguments, **options)
    raise StorageUnavailable("injected: carried out, reply lost")


class Crash(Exception):
    """The process is gone: nobody catches this but the test."""


async def crash_before(_call: Call, *_arguments: Any, **_options: Any) -> Any:
    raise Crash


async def crash_after(call: Call, *arguments: Any, **options: Any) -> Any:
    await call(*arguments, **options)
    raise Crash


@dataclass
class Late:
    """An attempt that is still on its way when its caller has given it up."""

    attempt: Callable[[], Awaitable[Any]] | None = None

    async def hold(self, call: Call, *arguments: Any, **options: Any) -> Any:
        self.attempt = lambda: call(*arguments, **options)
        raise StorageUnavailable("injected: not carried out yet")

    async def land(self) -> None:
        """Carry it out now, once; whether it still holds is the storage's decision."""
        attempt, self.attempt = self.attempt, None
        if attempt is not None:
            await attempt()


@dataclass
class Script:
    """One step for each call, in order; after the last, calls pass. Remembers the calls' first arguments."""

    steps: list[Around] = field(default_factory=list)
    seen: list[Sequence[Operation]] = field(default_factory=list)

    async def __call__(self, call: Call, *arguments: Any, **options: Any) -> Any:
        self.seen.append(arguments[0])
        step = self.steps.pop(0) if self.steps else pass_on
        return await step(call, *arguments, **options)


@dataclass
class Strike:
    """Spoils exactly the n-th call of all the handles it is given to, counted from 0."""

    at: int
    how: Around
    calls: int = 0
    fired: bool = False

    async def __call__(self, call: Call, *arguments: Any, **options: Any) -> Any:
        number, self.calls = self.calls, self.calls + 1
        if number != self.at:
            return await call(*arguments, **options)
        self.fired = True
        return await self.how(call, *arguments, **options)
