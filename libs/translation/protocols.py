"""What translation needs from outside.

It is declared here and made elsewhere; the services bring both together.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Memory(Protocol):
    """Translations paid for before, by anybody. Keys and values are opaque texts."""

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """What is known of these keys. Never raises for what is not there; an outage is an empty answer."""

    async def keep(self, entries: Mapping[str, str]) -> None:
        """Best effort: what is lost is paid for again, and no more."""


class Allowance(Protocol):
    """Characters a minute, shared by all workers of the deployment."""

    @property
    def largest(self) -> int:
        """UTF-16 units that one request should have at most: larger ones are a jerky use of the rate."""

    async def take(self, characters: int) -> None:
        """Returns when so many UTF-16 units may be sent to the engine."""

    async def throttled(self, characters: int, seconds: float, wish: float) -> float:
        """A request of so many units, sent so many seconds ago, was refused as too fast although the
        allowance let it go: it gives less, and the request takes again. ``wish``: seconds the engine wants to
        be left alone, 0 where it says nothing. Gives the seconds for which nobody gets anything, 0 if it does
        not know. Never raises.
        """


class Purse(Protocol):
    """What one job may spend at most."""

    async def take(self, characters: int) -> None:
        """Set so many UTF-16 units aside. Raises ``PermanentFault("budget_exhausted", …)``."""

    def give_back(self, characters: int) -> None:
        """They were not spent after all."""
