"""How tests ask an engine."""

from collections.abc import Sequence

from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.engine import Wish
from libs.translation.segments import Segment


async def ask(engine: ApertiumEngine, segments: Sequence[Segment], source: str, target: str) -> list[Segment]:
    return [done.segment for done in await engine.translate(segments, Wish(source, target))]
