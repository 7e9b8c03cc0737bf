"""Hours in milliseconds: an event loop whose clock jumps to the next timer when nothing else is to do."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class _Selector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout:
            self.now += max(timeout, 1e-6)  # less would be lost in rounding, and time stand still
            timeout = 0
        return super().select(timeout)


class SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def simulated(work: Coroutine[Any, Any, _Result]) -> _Result:
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(work)
