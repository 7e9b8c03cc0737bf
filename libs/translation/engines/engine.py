"""What an engine is: segments in one language go in, the same segments in another come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from libs.translation.segments import Segment


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request to the engine may hold: ``elements`` segments and ``units`` UTF-16 code units."""

    elements: int
    units: int


@dataclass(frozen=True, slots=True)
class Direction:
    """One way an engine translates, in ISO 639-1 codes (or BCP 47 tags where there is no such code)."""

    source: str
    target: str


class Engine(Protocol):
    """Turns segments into another language. One instance lives as long as its process."""

    name: str
    #: Changes whenever the same text could come out differently; kept with each translated file.
    version: str
    limits: Limits

    def directions(self) -> frozenset[Direction] | None:
        """The ways this installation can translate; None when every pair is possible."""

    async def translate(
        self, segments: Sequence[Segment], source: str, target: str, options: Mapping[str, str]
    ) -> list[Segment]:
        """Translate in order, one result for each segment, codes in place.

        Raises a `TranslationError`; its kind says what is to be done.
        """

    async def close(self) -> None:
        """Give back processes and connections. Safe to call twice."""
