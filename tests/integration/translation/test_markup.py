"""Real pages: the READMEs and HTML that installed packages bring along."""

import re
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from libs.translation.documents import format_of
from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.copy import CopyEngine
from libs.translation.engines.engine import Direction, Engine
from libs.translation.engines.pseudo import PseudoEngine
from libs.translation.segments import text_of
from libs.translation.translator import Order, Translator

PLACES = (
    Path(sysconfig.get_path("purelib")),
    Path(__file__).parents[3] / "deploy" / "local" / "node_modules",
    Path(sysconfig.get_path("data")) / "share",
    Path(sys.base_prefix) / "share",
    Path("/usr/share/doc"),
)
NEEDED = 300
MISSING = f"{NEEDED} different pages are needed; install the development extra, and Azurite in deploy/local"
#: Larger ones add time and no kinds of markup.
LARGEST = 60_000
MOST = 500


@cache
def pages() -> tuple[Path, ...]:
    """Different ones, the same on every run of a machine."""
    found: dict[bytes, Path] = {}
    for place in PLACES:
        for path in sorted(
            path for kind in ("md", "markdown", "html", "htm") for path in place.rglob(f"*.{kind}")
        ):
            if path.is_file() and 0 < path.stat().st_size <= LARGEST and len(found) < MOST:
                found.setdefault(path.read_bytes(), path)
    assert len(found) >= NEEDED, f"{MISSING}: there are {len(found)} in {', '.join(map(str, PLACES))}"
    return tuple(found.values())


def sample(kind: str, size: int) -> list[Path]:
    """Some with enough text, evenly spread over all."""
    able = [path for path in pages() if path.suffix == kind and 1_500 <= path.stat().st_size <= 12_000]
    worded = [path for path in able if len(words(path)) >= 100]
    assert len(worded) >= size, (
        f"{MISSING}: there are only {len(worded)} with some text in them ending in {kind}"
    )
    return worded[:: len(worded) // size][:size]


def words(path: Path) -> list[str]:
    form = format_of(path.name)
    assert form is not None
    return [w for s in form.parse(path.read_bytes(), "en").segments for w in text_of(s).split()]


async def translated(path: Path, engine: Engine, source: str = "en", target: str = "es") -> bytes:
    translator = Translator(engine, requests_in_flight=4, request_seconds=60)
    data = path.read_bytes()  # noqa: ASYNC240 - nothing else waits for this loop
    return (await translator.translate(path.name, data, Order(source, target))).data


async def test_an_engine_that_changes_nothing_changes_no_byte_of_300_pages() -> None:
    for path in pages():
        assert await translated(path, CopyEngine()) == path.read_bytes(), path
    kinds = Counter(path.suffix for path in pages())
    print(f"byte for byte the same: {len(pages())} pages, {dict(kinds)}")


async def test_other_words_change_no_markup_of_100_readmes() -> None:
    for path in sample(".md", 100):
        assert_kept(path, await translated(path, PseudoEngine()))


@pytest.mark.parametrize(
    ("direction", "kind", "size"),
    [
        ("en-es", ".md", 12),
        ("en-es", ".html", 6),
        ("fr-es", ".md", 4),
        ("fr-es", ".html", 3),
        ("es-ca", ".md", 2),
    ],
)
async def test_apertium_keeps_every_tag_and_placeholder(
    engine: ApertiumEngine, direction: str, kind: str, size: int
) -> None:
    source, target = direction.split("-")
    if Direction(source, target) not in engine.directions():
        pytest.skip(f"Apertium has no {direction} here")
    for path in sample(kind, size):
        data = await translated(path, engine, source, target)
        assert data != path.read_bytes(), path
        assert_kept(path, data)


def assert_kept(path: Path, translation: bytes) -> None:
    """By parsers that are not ours. A pair may have been split: there can be more of a tag, not less."""
    count = markdown_parts if path.suffix == ".md" else html_parts
    before, after = (count(data.decode("utf-8", "replace")) for data in (path.read_bytes(), translation))
    assert before <= after, (path, before - after)
    assert before.keys() == after.keys(), (path, after.keys() - before.keys())


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
