import time

import pytest
from pydantic import SecretStr

from libs.translation.engines import ENGINE_NAMES, EngineOptions, engine_session, open_engine
from libs.translation.engines.engine import Translated, Wish
from libs.translation.segments import Close, Open, Segment, Text, lost_codes, plain, text_of

SEGMENT: Segment = (Text("Press "), Open(1), Text("Save"), Close(1))
WISH = Wish("en", "xx")
#: Opening asks nobody anything.
REACHABLE = EngineOptions(azure_key=SecretStr("key"), libretranslate_url="http://127.0.0.1:9")


@pytest.mark.parametrize("name", ENGINE_NAMES)
async def test_every_engine_opens_by_its_name_and_closes_twice(name: str) -> None:
    engine = open_engine(name, REACHABLE)
    assert engine.name == name
    assert engine.version
    await engine.close()
    await engine.close()


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="apertium, azure, libretranslate, pseudo, copy"):
        open_engine("babelfish")


async def test_pseudo_is_visible_deterministic_and_keeps_codes() -> None:
    async with engine_session("pseudo") as engine:
        first = await engine.translate([SEGMENT, plain("Hello")], WISH)
        assert first == await engine.translate([SEGMENT, plain("Hello")], WISH)
    assert text_of(first[1].segment) == "[Ĥéļļö]"
    assert lost_codes(SEGMENT, first[0].segment) == []


async def test_pseudo_takes_its_delay_for_each_request() -> None:
    async with engine_session("pseudo", EngineOptions(pseudo_delay=0.05)) as engine:
        start = time.monotonic()
        await engine.translate([SEGMENT] * 10, WISH)
        assert 0.05 <= time.monotonic() - start < 0.5


async def test_copy_copies() -> None:
    async with engine_session("copy") as engine:
        assert await engine.translate([SEGMENT], WISH) == [Translated(SEGMENT, 10)]
