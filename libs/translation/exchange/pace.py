"""How fast the engine is asked: few at once after it complained, more again while it does not.

Requests in flight grow by one a round of successes and are halved when the engine says that we are too
fast (additive increase, multiplicative decrease; a round's complaints are one complaint). After each
complaint nothing is sent for as long as the engine wishes, or for a random part of a growing time; then one
request goes ahead, and the others follow when it succeeded.
"""

import asyncio
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from libs.translation.errors import EngineBlocked

#: Seconds. The first pause without a wish is below twice the first, the longest below the second.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
#: No wish of an engine is followed for longer than this (seconds).
_LONGEST_WISH = 3600.0
#: Those who were told the same time do not come back in the same moment: up to this share is added.
_SPREAD = 0.1
#: A process that has work asks again after its pause, and hears an answer within these seconds. One that has
#: none knows nothing of the engine after them.
_KNOWN_SECONDS = 120.0
#: Seconds for which an engine that refused our credentials, or our quota, is not asked again.
BLOCKED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class EngineState:
    """What holds up every file of this process. ``throttled_until`` is on the clock `time.monotonic`."""

    throttled_until: float | None = None
    blocked_reason: str | None = None


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """Requests in flight, and how many may be. ``throttled`` and ``blocked``: that was the last answer, so
    lately that a process with work would know no better.
    """

    active: int
    limit: int
    throttled: bool
    blocked: bool


class Pace:
    """``most`` requests at once; ``changed`` is called when `state` did."""

    def __init__(self, most: int, changed: Callable[[], None]) -> None:
        self._most, self._changed = most, changed
        self.window = float(most)
        self.in_flight = 0
        #: Since when the engine has answered with nothing but complaints.
        self.throttled_since: float | None = None
        self._paused_until = self._blocked_until = 0.0
        self._eased_at = self._refused_at = -math.inf
        self._blocked_reason: str | None = None
        self._level = 0
        self._probing = False
        #: Of the loop that asks: `load` is also read in the thread of an exporter, which has no loop.
        self._clock: Callable[[], float] = time.monotonic

    @property
    def state(self) -> EngineState:
        now = _now()
        until = self._paused_until if self.throttled_since is not None and self._paused_until > now else None
        return EngineState(until, self._blocked_reason)

    @property
    def load(self) -> EngineLoad:
        limit = 1 if self._probing else int(self.window)
        throttled = self.throttled_since is not None and self._is_known(self._paused_until)
        blocked = self._blocked_reason is not None and self._is_known(self._blocked_until)
        return EngineLoad(self.in_flight, limit, throttled, blocked)

    @property
    def pause(self) -> float:
        """Seconds until anything may be sent."""
        return max(0.0, max(self._paused_until, self._blocked_until) - _now())

    def has_room(self) -> bool:
        return self.in_flight < (1 if self._probing else int(self.window)) and not self.pause

    def refuse_if_blocked(self) -> None:
        """Raises `EngineBlocked` while nothing is asked at all."""
        if self._blocked_reason is not None and self._blocked_until > _now():
            raise EngineBlocked(self._blocked_reason)

    def begin(self) -> None:
        """Somebody asks after nobody did: how long the engine has complained is counted from now."""
        if self.throttled_since is not None:
            self.throttled_since = _now()

    def succeeded(self, asked_at: float) -> None:
        """What was sent before a complaint or a refusal says nothing of the time since."""
        if asked_at < max(self._eased_at, self._refused_at):
            return
        self.window = min(self._most, self.window + 1 / self.window)
        self._level = max(0, self._level - 1)
        self._probing = False
        if self.throttled_since is not None or self._blocked_reason is not None:
            self.throttled_since = self._blocked_reason = None
            self._changed()

    def throttled(self, wish: float, asked_at: float) -> None:
        """``wish``: seconds the engine asked for, 0 for none; ``asked_at``: when the request was sent."""
        self._clock = asyncio.get_running_loop().time
        now = _now()
        if asked_at >= self._eased_at:
            self.window = max(1.0, self.window / 2)
            self._level += 1
            self._eased_at = now
        bound = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self._level, 10))
        jitter = random.random()  # noqa: S311 - it spreads, it does not hide
        seconds = min(wish, _LONGEST_WISH) * (1 + _SPREAD * jitter) if wish > 0 else bound * jitter
        self._paused_until = max(self._paused_until, now + seconds)
        self.throttled_since = now if self.throttled_since is None else self.throttled_since
        self._probing = True
        self._changed()

    def blocked(self, reason: str) -> None:
        self._clock = asyncio.get_running_loop().time
        self._blocked_reason, self._refused_at = reason, _now()
        self._blocked_until = self._refused_at + BLOCKED_SECONDS
        self._probing = True
        self._changed()

    def _is_known(self, paused_until: float) -> bool:
        return self._clock() < paused_until + _KNOWN_SECONDS


def _now() -> float:
    return asyncio.get_running_loop().time()
