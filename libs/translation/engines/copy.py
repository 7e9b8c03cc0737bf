"""An engine that changes nothing: what comes out shows what everything around an engine does."""

from collections.abc import Sequence

from libs.translation.engines.engine import Engine, Limits, Translated, Wish
from libs.translation.engines.options import EngineOptions
from libs.translation.segments import Segment, units


def open_engine(options: EngineOptions) -> Engine:  # noqa: ARG001 - it takes none
    return CopyEngine()


class CopyEngine:
    name = "copy"
    version = "1"
    limits = Limits(elements=1_000, units=50_000)
    detects = False
    option_names: frozenset[str] = frozenset()
    deterministic = True
    native_terms = False

    def directions(self) -> None:
        """Every pair."""

    async def translate(
        self,
        segments: Sequence[Segment],
        wish: Wish,  # noqa: ARG002 - all are the same to it
    ) -> list[Translated]:
        return [Translated(segment, units(segment)) for segment in segments]

    async def close(self) -> None:
        pass
