"""What the beginning of a file shows, where its name says nothing: its format, or what else it is.

Careful rather than clever: what is taken for a document is translated and paid for. Nothing here parses a
whole document; one that turns out to be no such thing fails by its format's own checks.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from libs.translation.documents.document import DocumentFormat
from libs.translation.documents.encoding import beginning
from libs.translation.documents.registry import FORMATS
from libs.translation.documents.signatures import archive_of, binary_of, signature_of
from libs.translation.documents.subtitle_cues import TIMING
from libs.translation.errors import PermanentFault

#: How much of a file is looked at (bytes). The names of an Office file's first parts are within 3 KB.
HEAD_BYTES = 8 * 1024

#: What a file without a telling name is known by. CSV and TSV only by their extensions.
KNOWN_BY: Mapping[str, str] = {
    "txt": "text in words that is nothing else of these",
    "html": "an HTML document type, or an HTML element first",
    "markdown": "a heading, and fenced code or a link",
    "json": "an object or array that is JSON as far as is looked",
    "srt": "a cue's line of times first",
    "vtt": "WEBVTT first",
    "po": "msgid or msgctxt behind nothing but comments",
    "xliff": "XML whose root is xliff",
    "docx": "a zip archive with Office's parts, some in word/",
    "pptx": "a zip archive with Office's parts, some in ppt/",
    "xlsx": "a zip archive with Office's parts, some in xl/",
    "odt": "a zip archive that says it is an OpenDocument text or presentation",
}

_FORMATS = {form.name: form for form in FORMATS}
#: Elements that tell HTML where they come first (the WHATWG's MIME Sniffing, 7.1).
_ELEMENTS = frozenset(
    ["head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p"]
)
#: What stands before a root element.
_PROLOG = re.compile(r"(?:\s++|<\?(?:(?!\?>).)*+\?>|<!--(?:(?!-->).)*+-->)*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\s++(?P<name>[\w:.-]++)", re.IGNORECASE)
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]*+:)?(?P<name>[A-Za-z_][\w.-]*+)(?=[\s/>])")
_NUMBER_LINE = re.compile(r"\s*+\d++[ \t]*+(?:\r\n|\r|\n)")
_CATALOGUE = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?(?:\r\n|\r|\n))*+[ \t]*+(?:msgctxt|msgid)[ \t]++\"")
_HEADING = re.compile(r"(?:\A|\n[ \t]*\n)#{1,6} [^\r\n]+(?:\n[ \t]*\n|\Z)")
_FENCE_OR_LINK = re.compile(r"(?:\A|\n)(?:```|~~~)|\[[^\[\]\r\n]+\]\([^()\s]+\)")
#: Words of another kind of file, and what it is.
_OPENINGS: tuple[tuple[str, str], ...] = (
    ("{\\rtf", "rich text"),
    ("-----BEGIN ", "a key or certificate"),
    ("#!", "a program"),
    ("%!PS", "PostScript"),
    ("BEGIN:VC", "a calendar or address card"),
)
#: Any number is one that fits.
_JSON = json.JSONDecoder(parse_int=float)
#: What of a value may stand before the end of a text that is cut: an escape of two halves, or `false`.
_LONGEST_CUT = len(r"\ud83d\ude0")
#: Of prose at least so much is letters; of tables of figures, hashes and the like less.
_LEAST_LETTERS = 0.5


@dataclass(frozen=True, slots=True)
class Content:
    """``what`` is for people, `an image (PNG)`; ``form`` None: no format here translates it."""

    what: str
    form: DocumentFormat | None = None


def content_of(head: bytes) -> Content:
    """What a file is by its first `HEAD_BYTES`, or all of a smaller one. Never raises, whatever they are."""
    if not head:
        return Content("an empty file")
    what = signature_of(head)
    if what is not None:
        return Content(what)
    if head.startswith(b"PK\x03\x04"):
        name, what = archive_of(head)
        return Content(what, _FORMATS.get(name))
    try:
        text = beginning(head)
    except PermanentFault:
        return Content(binary_of(head))
    is_whole = len(head) < HEAD_BYTES
    found = (look(text, is_whole) for look in _LOOKS)
    return next((content for content in found if content is not None), Content("text with few words"))


def _opening(text: str, _is_whole: bool) -> Content | None:
    return next((Content(what) for words, what in _OPENINGS if text.startswith(words)), None)


def _subtitles(text: str, _is_whole: bool) -> Content | None:
    if re.match(r"WEBVTT(?:[ \t\r\n]|\Z)", text):
        return Content("WebVTT", _FORMATS["vtt"])
    number = _NUMBER_LINE.match(text)
    first = text[number.end() :] if number else text.lstrip()
    timing = TIMING.match(first)
    is_line = timing is not None and first[timing.end() : timing.end() + 1] in {"", "\r", "\n"}
    return Content("SubRip", _FORMATS["srt"]) if is_line else None


def _catalogue(text: str, _is_whole: bool) -> Content | None:
    return Content("a gettext catalogue", _FORMATS["po"]) if _CATALOGUE.match(text) else None


def _markup(text: str, _is_whole: bool) -> Content | None:
    """HTML, XLIFF, or XML of a kind that is not translated."""
    rest = text[len(_PROLOG.match(text)[0]) :]  # type: ignore[index]  # it matches nothing at least
    root = _DOCTYPE.match(rest) or _ELEMENT.match(rest)
    name, says_xml = root["name"] if root else "", text.lstrip().startswith("<?xml")
    if name.lower() == "html" or (rest.startswith("<") and not says_xml and name.lower() in _ELEMENTS):
        return Content("HTML", _FORMATS["html"])
    if name == "xliff":
        return Content("XLIFF", _FORMATS["xliff"])
    return Content(f"XML ({name[:40]})" if name else "XML") if name or says_xml else None


def _json(text: str, is_whole: bool) -> Content | None:
    """A text that begins like JSON and is none may be any: `[1] A note`."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    begin = len(text) - len(text.lstrip())
    try:
        value, end = _JSON.raw_decode(text, begin)
    except RecursionError:
        return Content("JSON that is nested too deep")
    except json.JSONDecodeError as error:
        is_cut = error.msg.startswith("Unterminated string") or error.pos >= len(text) - _LONGEST_CUT
        return Content("JSON", _FORMATS["json"]) if is_cut and not is_whole else None
    if not text[end:].strip():
        return Content("JSON", _FORMATS["json"])
    return Content("lines of JSON") if isinstance(value, dict) else None


def _markdown(text: str, _is_whole: bool) -> Content | None:
    lines = text.replace("\r\n", "\n")
    is_markdown = _HEADING.search(lines) and _FENCE_OR_LINK.search(lines)
    return Content("Markdown", _FORMATS["markdown"]) if is_markdown else None


def _prose(text: str, _is_whole: bool) -> Content | None:
    signs = "".join(text.split())
    # Marks of vowels are as much of a word as letters: Thai and Hindi have a third of them.
    letters = sum(unicodedata.category(sign)[0] in "LM" for sign in signs)
    return Content("text", _FORMATS["txt"]) if letters > _LEAST_LETTERS * len(signs) else None


_LOOKS: tuple[Callable[[str, bool], Content | None], ...] = (
    _opening,
    _subtitles,
    _catalogue,
    _markup,
    _json,
    _markdown,
    _prose,
)
