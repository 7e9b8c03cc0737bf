"""Whether work on twice as much takes about twice as long."""

import gc
import time
from collections.abc import Callable

#: Twice is linear, four times is quadratic.
_LINEAR = 3.0
#: Less than this, in seconds, tells nothing.
_NOISE = 0.05
_MEASUREMENTS = 3


def assert_linear(work: Callable[[str], object], unit: str, size: int) -> None:
    """A busy machine may spoil a measurement; what is not linear spoils every one."""
    for _ in range(_MEASUREMENTS):
        once, twice = (_seconds(work, unit * (many * size // len(unit))) for many in (1, 2))
        if twice <= _LINEAR * once + _NOISE:
            return
    raise AssertionError(f"{unit!r}: {once:.2f} s, and {twice:.2f} s for twice as much")


def _seconds(work: Callable[[str], object], text: str) -> float:
    """Of this process's CPU, the better of two runs; the collector's pauses left out."""
    runs = []
    for _ in range(2):
        gc.disable()
        start = time.process_time()
        try:
            work(text)
            runs.append(time.process_time() - start)
        finally:
            gc.enable()
    return min(runs)
