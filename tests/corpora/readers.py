"""What a reader finds in a document, by parsers that are not ours."""

import csv
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from html.parser import HTMLParser
from io import BytesIO, StringIO

import polib
from lxml import etree
from markdown_it import MarkdownIt

from tests.corpora.documents import ARCHIVES

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def content(form: str, data: bytes) -> object:
    """Equal for two documents that say the same, in the same words."""
    if form in ARCHIVES:
        return _parts(data)
    if form == "xliff":
        return [_words(source) for source in etree.fromstring(data).iter("{*}source")]
    return _READERS.get(form, str.split)(data.decode("utf-8-sig", "replace"))


def _rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter))


def _entries(text: str) -> list[tuple[str, str | None, list[str]]]:
    return [(entry.msgid, entry.msgctxt, entry.flags) for entry in polib.pofile(text)]


def _parts(data: bytes) -> list[tuple[str, object]]:
    """Of XML the words; of the rest the bytes."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    return [(name, _words_of(part) if name.endswith(".xml") else part) for name, part in parts]


def _words_of(part: bytes) -> object:
    try:
        return _words(etree.fromstring(part))
    except etree.XMLSyntaxError:  # a few are empty, or no XML at all
        return part


def _words(element: etree._Element) -> list[str]:
    texts = (str(text) for text in element.itertext())
    return "".join(text for text in texts if text.strip() or "\n" not in text).split()  # but no indents


def _shown(html: str) -> list[str]:
    texts: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            texts.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            texts.extend([f" <{tag}> ", *(f" {value} " for _, value in attrs if value)])

    reader = Reader()
    reader.feed(html)
    reader.close()
    return "".join(texts).split()


#: Subtitles and plain text are read by their words alone.
_READERS: Mapping[str, Callable[[str], object]] = {
    "json": json.loads,
    "csv": _rows,
    "tsv": partial(_rows, delimiter="\t"),
    "po": _entries,
    "html": _shown,
    "markdown": lambda text: _shown(_MARKDOWN.render(text)),
}
