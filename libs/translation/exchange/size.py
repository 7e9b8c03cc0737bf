"""How large requests to an engine are: as large as it allows, and smaller once it did not answer in time."""

from libs.translation.engines.engine import Limits

#: The smallest share of the engine's limits that a request is bounded to: 781 units of Azure's 50,000. Below
#: that the size is not what takes the time.
SMALLEST_SHARE = 1 / 64
#: A request grows by this factor after one that filled its bound and took less than half of the time limit:
#: time grows with size at most in proportion, so the larger one is in time, too.
_GROWTH, _FULL, _EASY = 1.125, 0.75, 0.5


class Size:
    """What share of an engine's limits a request may fill. A process keeps one for each engine."""

    def __init__(self) -> None:
        self.share = 1.0

    def of(self, limits: Limits) -> Limits:
        """The engine's limits as they hold now."""
        if self.share == 1.0:
            return limits
        return Limits(max(1, int(limits.elements * self.share)), max(1, int(limits.units * self.share)))

    def too_slow(self, share: float) -> None:
        """A request that filled this share of the engine's limits had no answer in time."""
        self.share = max(SMALLEST_SHARE, min(self.share, share / 2))

    def came_through(self, share: float, of_limit: float) -> None:
        """A request of this share was answered in ``of_limit`` of the time it had."""
        if self.share < 1.0 and share >= _FULL * self.share and of_limit < _EASY:
            self.share = min(1.0, self.share * _GROWTH)
