"""How late a dispatcher gets to the messages of its queue, and how much longer jobs are left alone for that.

Times of messages are by the queue service's clock, whatever dispatcher wrote them: it says when a message was
sent and when it was received, in whole seconds. Everything else is by our monotonic clock.
"""

import random
import time

#: A message that is this late (seconds) was not held up by the clock's whole seconds alone.
_LATE = 3.0
#: Nobody waits for a turn if the line was empty this short a time ago (seconds): about a turn.
_LATELY = 1.0
#: By how many times its lateness a pause grows: enough that one look at each job makes the line short.
_GROWTH = 2.0
#: What is left of a longer pause after a look in time. It shrinks slowly, so that the line stays short.
_SHRINKS_TO = 0.95
#: Longest that a pause is lengthened by (seconds): 20,000 jobs at 15 looks a second.
_LONGEST = 1800.0
#: The part of it that a single pause has at least. Jobs that were late together are not due together.
_SPREAD = 0.5


class Line:
    """The messages that wait for a turn, as one dispatcher sees them."""

    def __init__(self) -> None:
        self._received_at = self._empty_at = time.monotonic()
        self._late = 0.0

    def was_empty(self) -> None:
        """Nothing waited when messages were last asked for."""
        self._received_at = self._empty_at = time.monotonic()
        self._late = 0.0

    def could_not_ask(self) -> None:
        """Storage gave no answer. What is late for that has not waited for the others either."""
        self._empty_at = time.monotonic()

    def received(self, late: float) -> None:
        """A message was received ``late`` seconds after its time."""
        self._received_at, self._late = time.monotonic(), max(0.0, late)

    @property
    def lateness(self) -> float:
        """Seconds that a message may be late which is still in the line. While nothing is received, nobody
        knows, so it grows.
        """
        return self._late + time.monotonic() - self._received_at

    def stretched(self, stretch: float, late: float) -> float:
        """Seconds by which the next pause of a job is longer than usual; ``stretch`` is what its last was
        longer by.

        What was late only because no dispatcher ran, or none could ask, is no sign of too many jobs: since
        the line was last empty nothing in it can have waited for the others.
        """
        waited = min(late, time.monotonic() - self._empty_at)
        if waited >= _LATE:
            return min(_LONGEST, stretch + _GROWTH * waited)
        return stretch * _SHRINKS_TO if stretch >= 1.0 else 0.0

    def lengthened(self, pause: float, stretch: float) -> float:
        """One pause of a job, in seconds. A job that is to go on at once does so, and one that is to go on in
        a moment does so while nobody waits: it has files to send, and workers may have none.
        """
        if not pause or (pause < _LATE and time.monotonic() - self._empty_at <= _LATELY):
            return pause
        return pause + random.uniform(_SPREAD, 1.0) * stretch  # noqa: S311 - no secret
