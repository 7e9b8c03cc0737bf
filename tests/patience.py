"""How patient a test is: a limit on waiting ends a test that hangs, and it measures nothing.

So a slow machine gets more time, and leases that are as short as they go are longer there.
"""

import time
from functools import lru_cache
from statistics import median

#: A fixed piece of work takes about so long on the machine on which the limits were stated (seconds).
_WORK, _SECONDS = 200_000, 0.005
_ROUNDS = 9
#: A machine that is slower than this is not waited for.
_MOST = 6.0
#: One measurement holds so long (seconds), because what else runs on the machine comes and goes.
_HOLDS = 20.0


def slowness() -> float:
    """How many times slower than stated this machine is now, with all that runs on it: 1 to 6."""
    return _measured(int(time.monotonic() / _HOLDS))


def patient(seconds: float) -> float:
    """A limit on waiting, three times as long as is usual and longer on a slow machine."""
    return 3 * seconds * slowness()


@lru_cache(maxsize=1)
def _measured(_period: int) -> float:
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for _number in range(_WORK):
            pass
        taken.append(time.perf_counter() - began)
    return min(_MOST, max(1.0, median(taken) / _SECONDS))
