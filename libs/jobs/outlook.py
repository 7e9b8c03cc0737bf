"""When one process looks whether a job is finished, so that all its processes together read few rows.

A *look* is the closing check, which reads every counter row. A *glance* reads the ``~open`` row alone: it is
gone once the job has ended, and of a large job it says how many processes there are and what was pending a
moment ago. Everything here is a hint. It decides when a process looks, and never whether a job has ended.

The end may be near once twice the ends of this process since the last news, times the number of processes, is
what was pending then. When all that was pending has ended, some process has ended its share or more, so at
least that one looks. Looks take turns by chance: a process looks once in processes x rows / budget seconds,
so someone looks every rows / budget seconds.
"""

import random
from dataclasses import dataclass, field

from libs.common.ledger.records import Progress
from libs.common.ledger.sights import Sight
from libs.jobs.roll_call import LARGE

#: Seconds between two looks or glances of one process at one job, at least.
CHECK_EVERY = 1.0
#: Counter rows a second that all looks together may read, while the end may be near and otherwise.
_NEAR_ROWS, _FAR_ROWS = 400.0, 5.0
#: Glances a second of all processes together.
_GLANCES = 10.0
#: Longest pause between two looks at a small job that is not listed to its end (seconds).
_UNLISTED_SECONDS = 10.0
#: Processes that learn at the same time that the end may be near do not all look at once (seconds).
_STAGGER = 2.0


def _spread() -> float:
    """Processes that began together drift apart with their first pause: some is always short."""
    return random.uniform(0.0, 2.0)  # noqa: S311 - jitter, not a secret


@dataclass(slots=True)
class Outlook:
    """What one process knows of one job; all moments are of its monotonic clock.

    ``pending`` is None while the job is not known to be listed to its end; ``told`` is when a dispatcher said
    what it saw, if one did. ``own`` and ``own_before`` count ends of this process since the last news and
    between the two before.
    """

    began: float
    writers: int = 0
    rows: int = 0
    pending: int | None = None
    told: str = ""
    own: int = 0
    own_before: int = 0
    owes: bool = False
    looked_at: float = float("-inf")
    glanced_at: float = float("-inf")
    _unlisted: int = 0
    _news: int = 0
    _near_from: float | None = None
    _look_spread: float = field(default_factory=_spread)
    _glance_spread: float = field(default_factory=_spread)

    @property
    def is_large(self) -> bool:
        return self.told != "" or self.writers >= LARGE

    @property
    def is_near(self) -> bool:
        """Whether everything that was pending may have ended."""
        own = self.own + self.own_before
        return self.pending is not None and 2 * max(self.writers, 1) * own >= self.pending

    @property
    def look_at(self) -> float:
        """When this process may look."""
        share = max(self.writers, 1) * max(self.rows, 1) * self._look_spread
        if self.pending is None:
            if self.told:
                return float("inf")
            pause = min(CHECK_EVERY * 2.0 ** (self._unlisted - 1), _UNLISTED_SECONDS)
            return self.looked_at + pause * max(1.0, self._look_spread)
        if self.is_near:
            pause = max(CHECK_EVERY, share / _NEAR_ROWS)
            return max(self.looked_at + pause, self._near_from or 0.0)
        since = max(self.looked_at, self.began)
        return since + max(CHECK_EVERY, share / _FAR_ROWS)

    @property
    def glance_at(self) -> float:
        """When this process may glance."""
        if not self.is_large and self.glanced_at > self.began:
            return float("inf")
        return self.glanced_at + max(CHECK_EVERY, self.writers / _GLANCES * self._glance_spread)

    @property
    def next_at(self) -> float:
        return min(self.look_at, self.glance_at)

    def ended(self, now: float) -> None:
        """This process has committed an end, so it owes a look."""
        self.own += 1
        self.owes, self._news = True, 0
        self._notice(now)

    def glanced(self, sight: Sight, now: float) -> None:
        """Take over what a dispatcher saw."""
        self.glanced_at, self._glance_spread = now, _spread()
        if sight.at in {"", self.told}:
            return
        self.told, self.pending = sight.at, sight.pending
        self.writers, self.rows = sight.writers, sight.rows
        self.own, self.own_before = 0, self.own
        self._news += 1
        # Of two sights since our last end, the second began after it: what it saw pending ends after that.
        if self._news > 1 and sight.pending != 0:
            self.owes = False
        self._notice(now)

    def looks(self, now: float) -> None:
        """A look begins: it sees every end up to now."""
        self.looked_at, self._look_spread = now, _spread()
        self.own = self.own_before = 0
        self.owes, self._near_from = False, None

    def looked(self, progress: Progress | None) -> None:
        """Take over what the look saw; None: the job is not listed to its end, or is being retried."""
        if progress is None:
            self.pending = None
            self._unlisted += 1
            return
        self.pending, self._unlisted = progress.pending, 0
        self.rows = len(progress.counters)
        if not self.told:
            self.writers = self.rows

    def _notice(self, now: float) -> None:
        if not self.is_near:
            self._near_from = None
        elif self._near_from is None:
            stagger = _STAGGER if self.is_large else 0.0
            self._near_from = now + random.uniform(0, stagger)  # noqa: S311 - jitter, not a secret
