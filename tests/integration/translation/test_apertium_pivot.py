"""Two steps where no pair is installed: only if the operator says so, and with every code in its place."""

import pytest

from libs.common.errors import ConfigurationFault
from libs.common.settings import WorkerSettings, load
from libs.jobs.engines import open_engines
from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.engine import Direction, Wish
from libs.translation.errors import PermanentFault
from libs.translation.segments import Close, Open, Standalone, Text, plain
from libs.translation.translator import Order, Translator
from tests.integration.translation.asking import ask


@pytest.mark.parametrize(
    ("source", "target", "text", "translation"),
    [
        ("en", "ca", "The white house is big.", "La casa blanca és gran."),
        ("en", "ca", "the white house", "la casa blanca"),
        ("fr", "ca", "La maison blanche est grande.", "La casa blanca és gran."),
        ("fr", "en", "La maison blanche est grande.", "The white house is big."),
    ],
)
async def test_known_sentences_by_way_of_spanish(
    pivoted: ApertiumEngine, source: str, target: str, text: str, translation: str
) -> None:
    assert await ask(pivoted, [plain(text)], source, target) == [plain(translation)]


async def test_without_the_operators_word_there_is_no_second_step(engine: ApertiumEngine) -> None:
    assert Direction("en", "ca") not in engine.directions()
    with pytest.raises(PermanentFault, match="en to ca"):
        await ask(engine, [plain("The house")], "en", "ca")


async def test_codes_follow_their_words_through_both_steps(pivoted: ApertiumEngine) -> None:
    white, big = (Open(1), Text("white"), Close(1)), (Open(3), Text("big"), Close(3))
    segment = (Text("The "), *white, Text(" house of "), Standalone(2), Text(" is "), *big)
    answer = await pivoted.translate([segment], Wish("en", "ca"))
    assert answer[0].segment == (
        *(Text("La casa "), Open(1), Text("blanca"), Close(1), Text(" de "), Standalone(2)),
        *(Text(" és "), Open(3), Text("gran"), Close(3)),
    )
    assert answer[0].characters == len("The white house of  is big")


async def test_a_document_goes_both_steps_through_the_translator(pivoted: ApertiumEngine) -> None:
    html = b"<p>The <b>white</b> house of <code>x()</code> is <a href='y'>very <i>big</i></a>.</p>"
    translator = Translator(pivoted, requests_in_flight=2, request_seconds=60)
    done = await translator.translate("a.html", html, Order("en", "ca"))
    assert done.data.decode() == (
        "<p>La casa <b>blanca</b> de <code>x()</code> és <a href='y'>molt <i>gran</i></a>.</p>"
    )
    await translator.close()


async def test_the_setting_turns_it_on_and_a_wrong_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "mine")
    monkeypatch.setenv("APERTIUM_PIVOT", "es")
    async with open_engines(load(WorkerSettings)) as engines:
        assert Direction("en", "ca") in (engines.default.directions() or ())
    monkeypatch.setenv("APERTIUM_PIVOT", "es, xx")
    with pytest.raises(ConfigurationFault, match="xx"):
        async with open_engines(load(WorkerSettings)):
            pass
