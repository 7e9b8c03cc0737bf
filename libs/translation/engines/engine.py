"""What an engine is: segments in one language go in, the same segments in another come out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from libs.translation.segments import Segment


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request to the engine may hold: ``elements`` segments and ``units`` UTF-16 code units."""

    elements: int
    units: int


@dataclass(frozen=True, slots=True)
class Direction:
    """One way an engine translates, in ISO 639-1 codes (or BCP 47 tags where there is no such code).

    ``via``: the language between, where it takes two steps. A direction is found by its two ends alone.
    """

    source: str
    target: str
    via: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for; segments of equal wishes may share one.

    ``source`` None: the engine detects it. ``options``: by name in order, each of ``Engine.option_names``.
    """

    source: str | None
    target: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Translated:
    """One answer. ``characters``: what the engine metered for it, else the UTF-16 units of its source's text;
    ``detected``: the source language the engine found, where none was given.
    """

    segment: Segment
    characters: int
    detected: str | None = None


class Engine(Protocol):
    """Turns segments into another language. One instance lives as long as its process."""

    name: str
    #: Changes whenever the same text could come out differently; kept with each translated file.
    version: str
    limits: Limits
    #: Whether it finds out the source language by itself, where a wish has none.
    detects: bool
    #: The options a job may give.
    option_names: frozenset[str]
    #: The same request has the same answer: nothing is won by asking again.
    deterministic: bool
    #: It renders `Term` itself. The others never see one: a standalone code stands in its place.
    native_terms: bool

    def directions(self) -> frozenset[Direction] | None:
        """The ways this installation can translate; None when every pair is possible."""

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        """Translate in order, one result for each segment, codes in place.

        Raises a `TranslationError`; its kind says what is to be done.
        """

    async def close(self) -> None:
        """Give back processes and connections. Safe to call twice."""


@runtime_checkable
class InRounds(Protocol):
    """An engine for which a request within its limits may become several, one after another."""

    def rounds(self, segments: Sequence[Segment], wish: Wish) -> int:
        """How many requests these segments take one after another; each has a time limit for itself."""


def languages_between(engine: Engine, source: str | None) -> dict[str, str]:
    """The targets that ``engine`` reaches from ``source`` in two steps, and the language between."""
    ways = engine.directions() or ()
    return {way.target: way.via for way in ways if way.source == source and way.via is not None}
