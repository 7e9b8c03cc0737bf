"""A tenant's keys, held as long as they may be and fetched no oftener than they must.

"Signing key rollover in the Microsoft identity platform" advises: fetch at the start, every hour, and for a
key that is not known; keep what was fetched for 24 hours when nothing can be.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import jwt
import structlog

from services.api.access.issuer import Fetch, IssuerFault, Published
from services.api.problems import Code, Problem

_REFRESH, _FORGET = 3600.0, 24 * 3600.0
#: Seconds between two fetches for unknown keys: forged tokens name as many as they like.
_BETWEEN = 60.0
#: Seconds before an issuer that did not answer is asked again.
_PAUSE = 10.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trusted:
    """A key, and in whose name it may have signed."""

    key: jwt.PyJWK
    issuers: frozenset[str]


class SigningKeys:
    """``clock`` gives seconds that never go back."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._held: Published | None = None
        self._fetched = self._not_before = -_FORGET
        self._failed = False

    async def find(self, key_id: str) -> Trusted | None:
        """The key; None when the issuer does not have it. A `Problem` while that cannot be known."""
        # Whoever has a key at hand does not wait for a fetch that another call began.
        if self._is_due(key_id) and not (self._knows(key_id) and self._lock.locked()):
            async with self._lock:
                if self._is_due(key_id):
                    await self._refresh()
        if self._held is None or (self._failed and not self._knows(key_id)):
            raise Problem(Code.IDENTITY_UNAVAILABLE, headers={"Retry-After": f"{_PAUSE:.0f}"})
        key = self._held.keys.get(key_id)
        return None if key is None else Trusted(key, self._held.issuers)

    def _knows(self, key_id: str) -> bool:
        return self._held is not None and key_id in self._held.keys

    def _is_due(self, key_id: str) -> bool:
        now = self._clock()
        return now >= self._not_before and (not self._knows(key_id) or now - self._fetched >= _REFRESH)

    async def _refresh(self) -> None:
        is_first = self._held is None
        try:
            self._held = await self._fetch()
        except IssuerFault as fault:
            self._failed, self._not_before = True, self._clock() + _PAUSE
            if self._clock() - self._fetched >= _FORGET:
                self._held = None
            _log.warning("no keys of Microsoft Entra ID", error=str(fault), kept=self._held is not None)
        else:
            self._failed, self._fetched = False, self._clock()
            # The first fetch answers for no unknown key: one more may follow at once.
            self._not_before = self._fetched + (0 if is_first else _BETWEEN)
