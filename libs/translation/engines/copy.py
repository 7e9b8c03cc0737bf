"""An engine that changes nothing: what comes out shows what everything around an engine does."""

from collections.abc import Mapping, Sequence

from libs.translation.engines.engine import Engine, Limits
from libs.translation.engines.options import EngineOptions
from libs.translation.segments import Segment


def open_engine(options: EngineOptions) -> Engine:  # noqa: ARG001 - it takes none
    return CopyEngine()


class CopyEngine:
    name = "copy"
    version = "1"
    limits = Limits(elements=1_000, units=50_000)

    def directions(self) -> None:
        """Every pair."""

    async def translate(
        self,
        segments: Sequence[Segment],
        source: str,  # noqa: ARG002 - every pair
        target: str,  # noqa: ARG002
        options: Mapping[str, str],  # noqa: ARG002 - it has none
    ) -> list[Segment]:
        return list(segments)

    async def close(self) -> None:
        pass
