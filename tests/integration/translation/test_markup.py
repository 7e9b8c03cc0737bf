"""Real pages translated: what is no text stays."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from libs.translation.documents import format_of
from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.engine import Direction, Engine
from libs.translation.engines.pseudo import PseudoEngine
from libs.translation.segments import text_of
from libs.translation.translator import Order, Translator
from tests.conftest import missing
from tests.corpora.documents import RealDocument, documents, spread


def sample(kind: str, size: int) -> Sequence[RealDocument]:
    """Some with enough text, evenly spread over all."""
    able = [real for real in documents()[kind] if 1_500 <= len(real.data) <= 16_000]
    worded = [real for real in able if len(words(real)) >= 100]
    if len(worded) < size:
        missing(f"the collection of real documents (only {len(worded)} in {kind} have some text)")
    return spread(worded, size)


def words(real: RealDocument) -> list[str]:
    form = format_of(real.name)
    assert form is not None
    return [w for s in form.parse(real.data, "en").segments for w in text_of(s).split()]


async def translated(real: RealDocument, engine: Engine, source: str = "en", target: str = "es") -> bytes:
    translator = Translator(engine, requests_in_flight=4, request_seconds=60)
    return (await translator.translate(real.name, real.data, Order(source, target))).data


async def test_other_words_change_no_markup_of_100_readmes() -> None:
    for real in sample("markdown", 100):
        assert_kept(real, await translated(real, PseudoEngine()))


@pytest.mark.parametrize(
    ("direction", "kind", "size"),
    [
        ("en-es", "markdown", 12),
        ("en-es", "html", 6),
        ("fr-es", "markdown", 4),
        ("fr-es", "html", 3),
        ("es-ca", "markdown", 2),
    ],
)
async def test_apertium_keeps_every_tag_and_placeholder(
    engine: ApertiumEngine, direction: str, kind: str, size: int
) -> None:
    source, target = direction.split("-")
    if Direction(source, target) not in engine.directions():
        pytest.skip(f"Apertium has no {direction} here")
    for real in sample(kind, size):
        data = await translated(real, engine, source, target)
        assert data != real.data, real
        assert_kept(real, data)


def assert_kept(real: RealDocument, translation: bytes) -> None:
    """By parsers that are not ours. A pair may have been split: there can be more of a tag, not less."""
    count = markdown_parts if real.format == "markdown" else html_parts
    before, after = (count(data.decode("utf-8", "replace")) for data in (real.data, translation))
    assert before <= after, (real, before - after)
    assert before.keys() == after.keys(), (real, after.keys() - before.keys())


def markdown_parts(text: str) -> Counter[tuple[str, ...]]:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parts: Counter[tuple[str, ...]] = Counter()
    for token in parser.parse(text):
        if token.type == "html_block":
            parts += html_parts(token.content)
        elif token.type in {"fence", "code_block"}:
            parts[token.type, token.content] += 1
        elif token.type != "inline":
            parts[token.type, token.tag] += 1
        parts.update(part for child in token.children or () for part in inline_parts(child.type, child))
    return parts + placeholders(text)


def inline_parts(kind: str, token: object) -> Iterator[tuple[str, ...]]:
    if kind not in {"text", "softbreak"}:
        attributes = getattr(token, "attrs", {})
        content = getattr(token, "content", "") if kind in {"code_inline", "html_inline"} else ""
        yield kind, content, str(attributes.get("href", attributes.get("src", "")))


def html_parts(text: str) -> Counter[tuple[str, ...]]:
    parts: Counter[tuple[str, ...]] = Counter()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            kept = [f"{name}={value}" for name, value in attrs if name in {"href", "src", "class", "type"}]
            parts[tag, *kept] += 1

        def handle_endtag(self, tag: str) -> None:
            parts["/", tag] += 1

    reader = Reader()
    reader.feed(text)
    reader.close()
    return parts + placeholders(text)


def placeholders(text: str) -> Counter[tuple[str, ...]]:
    found = re.findall(r"https?://[\w./%-]*\w|\{\{[^{}\n]+\}\}|\$\{\w+\}|%\(\w+\)s", text)
    return Counter(("placeholder", placeholder) for placeholder in found)
