"""The character quota: a window that slides over the last minute."""

from collections import deque
from collections.abc import Callable
from time import monotonic

#: "Service limits" gives them an hour, to be spent evenly: a sixtieth of it a minute.
CHARACTERS_A_MINUTE = {
    "F0": 2_000_000 // 60,
    "S1": 40_000_000 // 60,
    "S2": 40_000_000 // 60,
    "S3": 120_000_000 // 60,
    "S4": 200_000_000 // 60,
}
_WINDOW_SECONDS = 60.0


class Quota:
    """``speed`` lets time run faster, for tests: at 10 the window is 6 seconds."""

    def __init__(self, speed: float = 1.0, clock: Callable[[], float] = monotonic) -> None:
        self._window, self._clock = _WINDOW_SECONDS / speed, clock
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def take(self, characters: int, limit: int | None) -> bool:
        """Whether they still fit into the window; refused ones do not count."""
        now = self._clock()
        while self._spent and self._spent[0][0] <= now - self._window:
            self._sum -= self._spent.popleft()[1]
        if limit is not None and self._sum + characters > limit:
            return False
        self._spent.append((now, characters))
        self._sum += characters
        return True
