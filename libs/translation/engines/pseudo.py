"""Pseudo-translation: accents on the letters and brackets around, so one sees at a glance what was
translated, what was not, and what was cut. Same input, same output, for every pair of languages.
"""

import asyncio
from collections.abc import Mapping, Sequence

from libs.translation.engines.engine import Engine, Limits
from libs.translation.engines.options import EngineOptions
from libs.translation.segments import Segment, Text

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

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay

    def directions(self) -> None:
        """Every pair."""

    async def translate(
        self,
        segments: Sequence[Segment],
        source: str,  # noqa: ARG002 - every pair
        target: str,  # noqa: ARG002
        options: Mapping[str, str],  # noqa: ARG002 - it has none
    ) -> list[Segment]:
        await asyncio.sleep(self._delay)
        return [_pseudo(segment) for segment in segments]

    async def close(self) -> None:
        pass


def _pseudo(segment: Segment) -> Segment:
    accented = [Text(t.text.translate(_ACCENTS)) if isinstance(t, Text) else t for t in segment]
    return (Text("["), *accented, Text("]"))
