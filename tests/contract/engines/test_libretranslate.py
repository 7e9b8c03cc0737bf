"""LibreTranslate's engine against a server that answers as it does, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from libs.translation.engines.engine import Direction, Wish
from libs.translation.engines.libretranslate import LibreTranslateEngine
from libs.translation.errors import (
    EngineBlocked,
    EngineThrottled,
    EngineUnavailable,
    PermanentFault,
    TranslationError,
)
from libs.translation.segments import Close, Open, Segment, Standalone, Text, lost_codes, plain, text_of
from tests.contract.engines.servers import KEY, LibreTranslateServer, refusal, serving

WISH = Wish("en", "es")
WITH_CODES: Segment = (
    Text("Press "),
    Open(8),
    Text("Save"),
    Close(8),
    Text(" &amp; [X0X] or "),
    Standalone(9),
)


@asynccontextmanager
async def engine_on(server: LibreTranslateServer, **options: Any) -> AsyncIterator[LibreTranslateEngine]:
    async with serving(server.app()) as url:
        engine = LibreTranslateEngine(url, **options)
        try:
            yield engine
        finally:
            await engine.close()


async def test_texts_come_back_in_order_and_each_with_its_codes() -> None:
    server = LibreTranslateServer()
    async with engine_on(server) as engine:
        done = await engine.translate([plain("One"), WITH_CODES], WISH)
    assert [text_of(one.segment) for one in done] == ["ONE", "PRESS SAVE &amp; [X0X] OR "]
    assert lost_codes(WITH_CODES, done[1].segment) == []
    assert done[0].characters == 3
    assert server.asked[0]["q"] == ["One", "Press [X0X]Save[X1X] [X2X] [X3X] or [X4X]"]
    assert {name: server.asked[0][name] for name in ("source", "target", "format")} == {
        "source": "en",
        "target": "es",
        "format": "text",
    }


async def test_where_the_language_is_to_be_found_each_text_is_asked_for_alone() -> None:
    server = LibreTranslateServer()
    async with engine_on(server) as engine:
        done = await engine.translate([plain("Hello"), plain("Bonjour")], Wish(None, "es"))
    assert [one.detected for one in done] == ["en", "fr"]
    assert [len(body["q"]) for body in server.asked] == [1, 1]


async def test_the_server_tells_its_pairs_and_its_limits() -> None:
    async with engine_on(LibreTranslateServer(characters=2_000)) as engine:
        assert engine.directions() is None
        await engine.prepare()
        assert engine.limits.units == 2_000
        pairs = engine.directions()
    assert pairs is not None
    assert Direction("en", "es") in pairs
    assert Direction("en", "en") not in pairs


async def test_a_server_that_is_away_is_no_reason_not_to_start() -> None:
    async with serving(web.Application()) as url:
        pass
    engine = LibreTranslateEngine(url)
    await engine.prepare()
    assert engine.directions() is None
    with pytest.raises(EngineUnavailable):
        await engine.translate([plain("One")], WISH)
    await engine.close()


async def test_the_key_goes_with_each_request_and_is_told_to_nobody() -> None:
    server = LibreTranslateServer(key=KEY)
    async with engine_on(server, api_key=KEY) as engine:
        assert text_of((await engine.translate([plain("One")], WISH))[0].segment) == "ONE"
        server.answer = refusal(400, f"no such key: {KEY}")
        with pytest.raises(PermanentFault) as caught:
            await engine.translate([plain("One")], WISH)
        assert KEY not in str(caught.value)
    async with engine_on(server) as engine:
        server.answer = None
        with pytest.raises(EngineBlocked, match="Invalid API key"):
            await engine.translate([plain("One")], WISH)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(429, "Slowdown: 80 per 1 minute", **{"Retry-After": "7"}), EngineThrottled),
        (refusal(403, "Too many request limits violations"), EngineBlocked),
        (refusal(400, "Visit https://example.org to get an API key"), EngineBlocked),
        (refusal(307, "", Location="/elsewhere"), EngineBlocked),
        (refusal(404, "Not Found"), EngineBlocked),
        (refusal(400, "Invalid request: request (9) exceeds text limit (1)"), PermanentFault),
        (refusal(500, "Cannot translate text"), EngineUnavailable),
        (web.Response(status=502, text="<html>Bad Gateway"), EngineUnavailable),
        (web.Response(text="<html>"), EngineUnavailable),
        (web.json_response({"translatedText": "one text"}), EngineUnavailable),
        (web.json_response({"translatedText": ["one"]}), EngineUnavailable),
        (web.json_response({"translatedText": ["", " "]}), EngineUnavailable),
        (web.Response(body=b'"' + b"a" * 2_000_000), EngineUnavailable),
    ],
    ids=lambda given: given.__name__ if isinstance(given, type) else f"{given.status}",
)
async def test_every_fault_has_its_kind(answer: web.Response, kind: type[TranslationError]) -> None:
    server = LibreTranslateServer()
    server.answer = answer
    async with engine_on(server) as engine:
        with pytest.raises(kind) as caught:
            await engine.translate([plain("One"), plain("Two")], WISH)
    if isinstance(caught.value, EngineThrottled):
        assert caught.value.wait == 7


async def test_a_language_the_server_does_not_have_fails_the_file() -> None:
    async with engine_on(LibreTranslateServer()) as engine:
        with pytest.raises(PermanentFault) as caught:
            await engine.translate([plain("One")], Wish("en", "tlh"))
    assert caught.value.code == "unsupported_direction"
