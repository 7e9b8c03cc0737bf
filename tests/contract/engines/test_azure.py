"""Azure's engine against the emulator, over HTTP."""

import time
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from deploy.local.emulators.azure_translator import Emulator
from libs.translation.engines.azure import AzureEngine
from libs.translation.engines.engine import Wish
from libs.translation.errors import (
    EngineBlocked,
    EngineThrottled,
    EngineTooSlow,
    EngineUnavailable,
    PermanentFault,
    TranslationError,
)
from libs.translation.exchange import Exchange
from libs.translation.segments import Close, Open, Segment, Standalone, Term, Text, lost_codes, plain, text_of
from tests.contract.engines.servers import azure_emulator, engine_on, serving

WISH = Wish("en", "es")
WITH_CODES: Segment = (
    Text("Press "),
    Open(70_000),
    Text("Save & <go>"),
    Close(70_000),
    Text(" or "),
    Standalone(70_001),
    Text("."),
)


class Identity:
    """A token credential: what a managed identity is to the engine."""

    def __init__(self, error: Exception | None = None) -> None:
        self.closed = False
        self._error = error

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        if self._error:
            raise self._error
        return AccessToken("token", int(time.time()) + 3600)

    async def close(self) -> None:
        self.closed = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


@pytest.fixture
async def emulator_url() -> AsyncIterator[tuple[Emulator, str]]:
    async with azure_emulator() as pair:
        yield pair


@pytest.fixture
def emulator(emulator_url: tuple[Emulator, str]) -> Emulator:
    return emulator_url[0]


@pytest.fixture
async def engine(emulator_url: tuple[Emulator, str]) -> AsyncIterator[AzureEngine]:
    async with engine_on(emulator_url[1], request_seconds=5) as opened:
        yield opened


async def test_texts_come_back_in_order_and_each_with_its_codes(engine: AzureEngine) -> None:
    done = await engine.translate([plain("One"), WITH_CODES, plain("R&D <b>")], WISH)
    assert [text_of(one.segment) for one in done] == [
        "⟦es: One⟧",
        "⟦es: Press Save & <go> or .⟧",
        "⟦es: R&D <b>⟧",
    ]
    assert lost_codes(WITH_CODES, done[1].segment) == []


async def test_what_is_metered_is_what_is_billed(engine: AzureEngine, emulator: Emulator) -> None:
    done = await engine.translate([plain("Ærø 😀"), WITH_CODES], WISH)
    assert done[0].characters == 6
    assert sum(one.characters for one in done) == emulator.stats.characters


async def test_the_source_language_of_each_text_is_found_where_none_is_given(engine: AzureEngine) -> None:
    done = await engine.translate([plain("Hello"), plain("Привет")], Wish(None, "es"))
    assert [one.detected for one in done] == ["en", "ru"]
    assert (await engine.translate([plain("Hello")], WISH))[0].detected is None


async def test_a_prescribed_translation_stands_in_the_answer(engine: AzureEngine) -> None:
    segment: Segment = (Text("A "), Term(1, "cat & dog", 'g"a<to'), Text(" in "), Term(2, "Oslo", "Oslo"))
    for wish in (WISH, Wish("fr", "es"), Wish(None, "es")):
        (done,) = await engine.translate([segment], wish)
        words = [token.translation if isinstance(token, Term) else token for token in done.segment]
        assert "".join(w.text if isinstance(w, Text) else str(w) for w in words) == '⟦es: A g"a<to in Oslo⟧'


async def test_text_that_speaks_of_the_dictionarys_markup_comes_back_as_it_is(engine: AzureEngine) -> None:
    text = 'Write <mstrans:dictionary translation="x">y</mstrans:dictionary> there'
    (done,) = await engine.translate([plain(text)], WISH)
    assert text_of(done.segment) == f"⟦es: {text}⟧"


async def test_a_managed_identity_is_enough() -> None:
    identity = Identity()
    resource = {"resource_id": "/subscriptions/s", "region": "westeurope"}
    async with azure_emulator() as (_, url), engine_on(url, identity, **resource) as engine:
        assert text_of((await engine.translate([plain("One")], WISH))[0].segment) == "⟦es: One⟧"
    assert identity.closed


async def test_an_identity_that_gives_no_token_blocks_the_engine() -> None:
    identity = Identity(ClientAuthenticationError("no identity was assigned"))
    async with azure_emulator() as (_, url), engine_on(url, identity) as engine:
        with pytest.raises(EngineBlocked, match="no identity was assigned"):
            await engine.translate([plain("One")], WISH)


async def test_the_languages_are_known_once_they_were_asked_for(engine: AzureEngine) -> None:
    assert engine.languages() is None
    await engine.prepare()
    assert {"en", "es", "zh-Hans"} <= (engine.languages() or set())


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("unauthorized", EngineBlocked, "401000"),
        ("quota_spent", EngineBlocked, "403001"),
        ("gateway", EngineBlocked, "Access denied"),
        ("throttled", EngineThrottled, "429001"),
        ("model_loading", EngineUnavailable, "408001"),
        ("unavailable", EngineUnavailable, "503000"),
        ("broken", EngineUnavailable, "500000"),
        ("text_plain", PermanentFault, "could not be understood"),
        ("not_json", EngineUnavailable, "200"),
        ("no_value", EngineUnavailable, "no translation"),
        ("one_less", EngineUnavailable, "1 elements for 2"),
        ("one_more", EngineUnavailable, "3 elements for 2"),
        ("empty", EngineUnavailable, "empty"),
    ],
)
async def test_every_fault_has_its_kind_and_costs_one_request(
    engine: AzureEngine, emulator: Emulator, fault: str, kind: type[TranslationError], words: str
) -> None:
    emulator.turn({"fault": fault})
    with pytest.raises(kind, match=words):
        await engine.translate([plain("One"), plain("Two")], WISH)
    assert emulator.stats.requests == 1


async def test_an_empty_text_among_others_is_for_the_caller_to_see(
    engine: AzureEngine, emulator: Emulator
) -> None:
    emulator.turn({"fault": "first_empty"})
    done = await engine.translate([plain("One"), plain("Two")], WISH)
    assert [text_of(one.segment) for one in done] == ["", "⟦es: Two⟧"]


@pytest.mark.parametrize("wait", [None, 7.0])
async def test_a_pause_asked_for_is_told_and_none_is_made_up(
    engine: AzureEngine, emulator: Emulator, wait: float | None
) -> None:
    emulator.turn({"characters_a_minute": 2, "retry_after": wait})
    with pytest.raises(EngineThrottled) as caught:
        await engine.translate([plain("One")], WISH)
    assert caught.value.wait == (wait or 0.0)
    assert emulator.stats.throttled == 1


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish("en", "tlh"), "unsupported_direction"),
        (Wish("tlh", "es"), "unsupported_direction"),
        (Wish("en", "es", (("category", "a"), ("deployment", "b"))), "engine_rejected"),
    ],
)
async def test_a_wish_that_cannot_be_granted_fails_the_file(
    engine: AzureEngine, wish: Wish, code: str
) -> None:
    with pytest.raises(PermanentFault) as caught:
        await engine.translate([plain("One")], wish)
    assert caught.value.code == code


async def test_no_answer_and_no_server_are_faults_that_pass() -> None:
    async with azure_emulator(latency_ms=60_000) as (_, url), engine_on(url, request_seconds=0.2) as engine:
        with pytest.raises(EngineTooSlow, match="did not answer"):
            await engine.translate([plain("One")], WISH)
    async with engine_on(url, request_seconds=5) as engine:
        with pytest.raises(EngineUnavailable):
            await engine.translate([plain("One")], WISH)
        await engine.prepare()
        assert engine.languages() is None


async def test_texts_that_take_two_requests_have_a_time_limit_for_each() -> None:
    segments: list[Segment] = [
        (Open(1), Text("a" + "&" * 5_000), Close(1)),
        (Open(1), Text("b" + "<" * 9_000), Close(1)),
    ]
    async with azure_emulator(latency_ms=700) as (emulator, url), engine_on(url, request_seconds=1) as engine:
        assert engine.rounds(segments, WISH) == 2
        assert engine.rounds([plain("One"), plain("Two")], WISH) == 1
        exchange = Exchange(engine, requests_in_flight=1, request_seconds=1)
        with exchange.customer(None) as customer:
            assert len(await exchange.ask(segments, WISH, customer)) == 2
        await exchange.close()
    assert emulator.stats.requests == 2


async def test_a_category_or_a_deployment_goes_with_each_element() -> None:
    seen: list[Any] = []

    async def translate(request: web.Request) -> web.Response:
        seen.append(await request.json())
        return web.json_response({"value": [{"translations": [{"language": "es", "text": "Uno"}]}]})

    app = web.Application()
    app.router.add_post("/translate", translate)
    async with serving(app) as url, engine_on(url) as engine:
        for option in ("category", "deployment"):
            (done,) = await engine.translate([plain("One")], Wish("en", "es", ((option, "ours"),)))
            assert done.characters == 3  # nothing was metered: what was sent
    targets = [{"language": "es", "deploymentName": "ours"}]
    expected = {"text": "One", "textType": "Plain", "language": "en", "targets": targets}
    assert [body["inputs"] for body in seen] == [[expected], [expected]]
