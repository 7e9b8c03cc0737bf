import asyncio
import random
import re

import pytest

from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.segments import (
    Close,
    Open,
    Segment,
    Standalone,
    Text,
    lost_codes,
    plain,
    text_of,
)
from libs.translation.translator import Order, Translator
from tests.integration.translation.asking import ask


@pytest.mark.parametrize(
    ("source", "target", "text", "translation"),
    [
        ("en", "es", "The white house is big.", "La casa blanca es grande."),
        ("en", "es", "The white house", "La casa blanca"),
        ("en", "es", "the white house", "la casa blanca"),
        ("en", "es", "and NASA has a big house", "y NASA tiene una casa grande"),
        ("es", "en", "tengo una casa", "have a house"),
        ("es", "en", "La casa blanca es grande.", "The white house is big."),
        ("fr", "es", "La maison blanche est grande.", "La casa blanca es grande."),
    ],
)
async def test_known_sentences(
    engine: ApertiumEngine, source: str, target: str, text: str, translation: str
) -> None:
    assert await ask(engine, [plain(text)], source, target) == [plain(translation)]


async def test_pairs_follow_the_words_they_are_on(engine: ApertiumEngine) -> None:
    segment = (
        Text("The "),
        Open(1),
        Text("white"),
        Close(1),
        Text(" house is "),
        Open(2),
        Text("big"),
        Close(2),
    )
    assert await ask(engine, [segment], "en", "es") == [
        (Text("La casa "), Open(1), Text("blanca"), Close(1), Text(" es "), Open(2), Text("grande"), Close(2))
    ]


async def test_what_is_no_word_comes_back_as_it_was(engine: ApertiumEngine) -> None:
    segments: list[Segment] = [
        (Text("You have "), Standalone(1), Text(" new houses.")),
        (Open(1), Text("~\u00ad"), Close(1), Text(" houses"), Open(2), Standalone(3), Close(2)),
        plain(" \\ [House] ^big$ {} <> @/ "),
        plain("1,000"),
        plain("house~ \u00ad \0 \u200b \u202e \u2028 \ufeff \ud800 house"),
    ]
    first, second, third, fourth, fifth = await ask(engine, segments, "en", "es")
    assert first == (Text("Tienes "), Standalone(1), Text(" casas nuevas."))
    assert second == (Open(1), Text("~\u00ad"), Close(1), Text(" casas"), Open(2), Standalone(3), Close(2))
    assert text_of(third) == " \\ [Casa] ^grande$ {} <> @/ "
    assert fourth == plain("1,000")
    assert re.sub("[a-z ]", "", text_of(fifth)) == "~\u00ad\0\u200b\u202e\u2028\ufeff\ud800"


async def test_words_are_not_contracted_across_a_code(engine: ApertiumEngine) -> None:
    of, verb = (Text("El precio de "), Standalone(1)), Text(" ha cambiado.")
    for target, price, changed in ("ca", "El preu de ", " ha canviat."), ("fr", "Le prix de ", " a changé."):
        answer = await ask(engine, [(*of, verb)], "es", target)
        assert answer == [(Text(price), Standalone(1), Text(changed))]


@pytest.mark.parametrize("direction", ["en-es", "es-en", "fr-es"])
async def test_300_strings_of_garbage_stay_in_step(engine: ApertiumEngine, direction: str) -> None:
    source, target = direction.split("-")
    dice = random.Random(direction)
    alphabet = "\\[]{}^$@<>/*#+~_&;:.,'\"\0\n\t\u00ad\u200b\u00a0\ufeff\ud800😀中 aeiou ñ€ house casa"
    garbage = [_garbage(dice, alphabet, number) for number in range(300)]
    answers = await ask(engine, garbage, source, target)
    for number, (segment, answer) in enumerate(zip(garbage, answers, strict=True)):
        assert lost_codes(segment, answer) == []
        assert f"{number}" in text_of(answer)


def _garbage(dice: random.Random, alphabet: str, number: int) -> Segment:
    def text() -> Text:
        return Text("".join(dice.choices(alphabet, k=dice.randrange(40))))

    return (
        text(),
        Standalone(1),
        Text(f" x {number} "),
        text(),
        Open(2),
        text(),
        Standalone(3),
        text(),
        Close(2),
    )


async def test_order_is_kept_under_concurrency(engine: ApertiumEngine) -> None:
    async def one(number: int) -> str:
        many = [plain(f"The house number {number}-{n} is white.") for n in range(20)]
        answers = await ask(engine, many, "en", "es")
        assert all(f"{number}-{n} " in text_of(answer) for n, answer in enumerate(answers))
        return text_of(answers[0])

    assert len(set(await asyncio.gather(*(one(number) for number in range(15))))) == 15


async def test_a_word_of_80000_letters_takes_no_time(engine: ApertiumEngine) -> None:
    async with asyncio.timeout(5):
        answer = await ask(engine, [plain("big " + "a" * 80_000)], "en", "es")
    assert text_of(answer[0]).endswith("a" * 80_000)


async def test_a_text_file_from_end_to_end(engine: ApertiumEngine) -> None:
    text = "The white house\r\n\r\n- Write to {name} at j.doe@example.com.\r\n- 42\r\n"
    translator = Translator(engine, requests_in_flight=2, request_seconds=60)
    result = await translator.translate("a.txt", text.encode("cp1252"), Order("en", "es"))
    assert result.data.decode("cp1252") == (
        "La casa blanca\r\n\r\n- Escribe a {name} en j.doe@example.com.\r\n- 42\r\n"
    )
    assert result.repairs == 0
