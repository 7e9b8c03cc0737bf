"""Whether translations are worth having, by the Universal Declaration of Human Rights (`tests/corpora/`)."""

from pathlib import Path

import pytest
from lxml import html
from sacrebleu.metrics.chrf import CHRF

from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.engine import Direction
from libs.translation.translator import Order, Translator
from tests import corpora
from tests.conftest import missing

UDHR = Path(corpora.__file__).parent / "udhr"
#: Their names there.
LANGUAGES = {"en": "eng", "es": "spa", "ca": "cat", "fr": "fra"}
#: chrF above that of the source left as it is. A translation into nonsense has less than nothing.
AT_LEAST = 15.0


@pytest.mark.parametrize(("source", "target"), [("en", "es"), ("es", "ca"), ("fr", "es")])
async def test_a_translation_is_nearer_to_a_humans_than_its_source_is(
    engine: ApertiumEngine, source: str, target: str
) -> None:
    if Direction(source, target) not in engine.directions():
        missing(f"Apertium's {source}-{target}")
    translator = Translator(engine, requests_in_flight=4, request_seconds=60)
    original, reference = page(source), page(target)
    data = (await translator.translate("udhr.html", original, Order(source, target))).data
    untranslated, translated = (likeness(one, reference) for one in (original, data))
    print(f"chrF {source}-{target}: {translated:.1f}, untranslated {untranslated:.1f}")
    assert translated >= untranslated + AT_LEAST


def page(language: str) -> bytes:
    return (UDHR / f"{LANGUAGES[language]}.html").read_bytes()


def likeness(data: bytes, reference: bytes) -> float:
    """Of articles, each with its own: a paragraph of one language may be two of another."""
    ours, theirs = articles(data), articles(reference)
    return float(CHRF().corpus_score(ours, [theirs]).score)


def articles(data: bytes) -> list[str]:
    """Preamble and articles: what stands between two headings."""
    texts: list[list[str]] = []
    for element in html.fromstring(data).iter("h2", "h3", "h4", "p", "li"):
        if str(element.tag).startswith("h"):
            texts.append([])
        elif texts:
            texts[-1].append("".join(map(str, element.itertext())))
    return [" ".join(text) for text in texts]
