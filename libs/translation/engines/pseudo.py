"""Pseudo-translation: accents on the letters and brackets around, so one sees at a glance what was
translated, what was not, and what was cut. Same input, same output, for every pair of languages.
"""

import asyncio
from collections.abc import Sequence

from libs.translation.engines.engine import Engine, Limits, Translated, Wish
from libs.translation.engines.options import EngineOptions
from libs.translation.segments import Segment, Text, units

_ACCENTS = str.maketrans(
    "AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz",
    "ÅåƁƀÇçÐðÉéƑƒĜĝĤĥÎîĴĵĶķĻļṀṁÑñÖöÞþɊɋŔŕŠšŢţÛûṼṽŴŵẊẋÝýŽž",
)


def open_engine(options: EngineOptions) -> Engine:
    return PseudoEngine(options.pseudo_delay)


class PseudoEngine:
    """``delay`` is how long each request takes, in seconds."""

    name = "pseudo"
    version = "1"
    limits = Limits(elements=1_000, units=50_000)
    detects = False
    option_names: frozenset[str] = frozenset()
    deterministic = True
    native_terms = False

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay

    def directions(self) -> None:
        """Every pair."""

    async def translate(
        self,
        segments: Sequence[Segment],
        wish: Wish,  # noqa: ARG002 - all are the same to it
    ) -> list[Translated]:
        await asyncio.sleep(self._delay)
        return [Translated(_pseudo(segment), units(segment)) for segment in segments]

    async def close(self) -> None:
        pass


def _pseudo(segment: Segment) -> Segment:
    accented = [Text(t.text.translate(_ACCENTS)) if isinstance(t, Text) else t for t in segment]
    return (Text("["), *accented, Text("]"))
