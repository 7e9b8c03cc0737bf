"""HTML and XHTML. What people read is translated: the text of each block, with its inline tags as codes,
and the attributes that are shown or read aloud. All else stays as it was, byte for byte.

``lang`` attributes stay, too: a document is taken apart before its target language is known.
"""

import re
from collections import Counter
from collections.abc import Mapping
from html import unescape

from libs.translation.documents.document import SMALL_BYTES, Document
from libs.translation.documents.html_charset import decoded, encoded
from libs.translation.documents.html_elements import INLINE, Elements, Translated, wish_of
from libs.translation.documents.html_shape import require_same_shape
from libs.translation.documents.html_tokens import Token, What, attributes, tokens
from libs.translation.documents.html_writer import HtmlWriter
from libs.translation.documents.markup import MOST_MARKS, Kind, Mark, Spot, spot_of, too_many_marks
from libs.translation.documents.markup_document import MarkupDocument
from libs.translation.errors import PermanentFault

#: Marks of one flow; a longer one is translated in parts.
_LONGEST_FLOW = 10_000

_XHTML = "http://www.w3.org/1999/xhtml"
_READ_EVERYWHERE = frozenset({"title", "alt", "placeholder", "aria-label"})
_READ_META = frozenset({"description", "keywords", "og:title", "og:description"})
_LABELLED = frozenset({"option", "optgroup", "track"})
#: What is in them is no running text, but their own attributes are read.
_SHOWN = frozenset({"textarea", "iframe"})
_PUSHED = frozenset({"submit", "button", "reset"})
_HAS_READ = re.compile(r"(?:title|alt|placeholder|label|value|content)\s*=", re.IGNORECASE)

_MARK_KINDS = {What.START: Kind.START, What.END: Kind.END, What.VOID: Kind.ALONE}
_BLANKS = re.compile(r"[ \t\r\n\f]+")


class HtmlFormat:
    name = "html"
    extensions = frozenset({".html", ".htm", ".xhtml"})
    content_type = "text/html"
    memory_a_byte = 80
    inline_bytes = SMALL_BYTES

    def parse(self, data: bytes, language: str) -> Document:
        """Raises `PermanentFault`: ``undecodable``, or ``too_much_markup`` for more than `MOST_MARKS`."""
        text, encoding = decoded(data, language)
        is_xml = _is_xml(text)
        found = _read(text, 0, len(text), is_xml=is_xml)
        kept = found.kept

        def check(new: str) -> None:
            require_same_shape(text, new, is_xml=is_xml)
            # A tag that is never closed, moved ahead of words, makes them its own: code, perhaps.
            if _read(new, 0, len(new), is_xml=is_xml).kept != kept:
                raise PermanentFault("shape_changed", "words would stand where nothing is translated")

        return MarkupDocument(data, text, found.spots, encode=lambda new: encoded(new, encoding), check=check)


def _is_xml(text: str) -> bool:
    """XHTML (https://html.spec.whatwg.org, 14) as files show it: by a declaration, which is optional, or by
    its root element's namespace, which is not.
    """
    if text.lstrip().startswith("<?xml"):
        return True
    root = next((token for token in tokens(text, 0, len(text)) if token.what is What.START), None)
    found = attributes(text, root) if root else ()
    return any(a.name == "xmlns" and text[a.start : a.end].strip() == _XHTML for a in found)


def _says_nbsp(text: str) -> bool:
    """Plain XML knows no names; where a document type declares them, the text uses them."""
    if "&nbsp;" not in text:
        return False
    found = tokens(text, 0, len(text), is_xml=True)
    return any(t.what is What.TEXT and text.find("&nbsp;", t.start, t.end) >= 0 for t in found)


def spots(text: str, start: int, end: int, *, is_xml: bool = False) -> list[Spot]:
    """What is to be translated between two places of a text; no tag reaches across them.

    Raises `PermanentFault` (``too_much_markup``).
    """
    return _read(text, start, end, is_xml=is_xml).spots


def _read(text: str, start: int, end: int, *, is_xml: bool) -> "_Reader":
    reader = _Reader(text, is_xml=is_xml)
    for number, token in enumerate(tokens(text, start, end, is_xml=is_xml)):
        if number == MOST_MARKS:
            raise too_many_marks()
        reader.read(token)
    reader.end_flow()
    return reader


class _Reader:
    """Gathers the marks of a flow, until a block begins or ends.

    ``kept`` are the words that are not translated.
    """

    def __init__(self, text: str, *, is_xml: bool) -> None:
        self.spots: list[Spot] = []
        self.kept: Counter[str] = Counter()
        self._text = text
        self._nbsp = "&#160;" if is_xml and not _says_nbsp(text) else "&nbsp;"
        self._elements = Elements()
        self._flow: list[Mark] = []

    def read(self, token: Token) -> None:
        match token.what:
            case What.START:
                self._start(token)
            case What.END:
                self._end(token)
            case What.VOID:
                self._attributes(token, self._elements.inside(token.name, wish_of(self._text, token)))
                self._mark_or_end_flow(token, self._elements.state)
            case What.RAW:
                self._raw(token)
            case What.FOREIGN:
                kind = Kind.NOUN if token.name == "math" else Kind.ALONE
                self._mark(token, kind, self._elements.state)
            case What.OTHER:
                self._mark(token, Kind.ALONE, self._elements.state)
            case What.TEXT:
                self._mark(token, Kind.TEXT, self._elements.state)

    def end_flow(self) -> None:
        if self._flow:
            self._add(self._flow, HtmlWriter(self._nbsp))
            self._flow = []

    def _start(self, tag: Token) -> None:
        if tag.name not in INLINE:
            self.end_flow()
        before = self._elements.state
        wish = wish_of(self._text, tag)
        state = self._elements.start(tag.name, wish)
        self._attributes(tag, before if tag.name in _SHOWN and wish is None else state)
        if tag.name in INLINE and (before is Translated.YES or self._flow or state is Translated.YES):
            self._mark(tag, Kind.START, state, begins=True)

    def _end(self, tag: Token) -> None:
        state = self._elements.state
        self._elements.end(tag.name)
        self._mark_or_end_flow(tag, state)

    def _mark_or_end_flow(self, tag: Token, state: Translated) -> None:
        if tag.name in INLINE:
            self._mark(tag, _MARK_KINDS[tag.what], state)
        else:
            self.end_flow()

    def _mark(self, token: Token, kind: Kind, state: Translated, *, begins: bool = False) -> None:
        if token.what is What.FOREIGN or (token.what is What.TEXT and state is not Translated.YES):
            self.kept.update(self._text[token.start : token.end].split())
        if state is Translated.YES:
            self._flow.append(Mark(kind, token.start, token.end, token.name))
        elif self._flow and self._flow[-1].name == "protected" and self._flow[-1].end == token.start:
            self._flow[-1] = self._flow[-1]._replace(end=token.end)
        elif self._flow or begins:
            self._flow.append(Mark(Kind.NOUN, token.start, token.end, "protected"))
        if len(self._flow) >= _LONGEST_FLOW:
            self.end_flow()

    def _raw(self, content: Token) -> None:
        if content.name == "title" and self._elements.state is Translated.YES:
            self._add([Mark(Kind.TEXT, content.start, content.end)], HtmlWriter(self._nbsp))

    def _add(self, marks: list[Mark], writer: HtmlWriter) -> None:
        decode = _attribute_decoded if writer.quote else _decoded
        if spot := spot_of(self._text, marks, writer, decode=decode):
            self.spots.append(spot)

    def _attributes(self, tag: Token, state: Translated) -> None:
        if state is not Translated.YES or not _HAS_READ.search(self._text, tag.start, tag.end):
            return
        found = list(attributes(self._text, tag))
        values = {a.name: self._text[a.start : a.end].lower() for a in found}
        names = _READ_EVERYWHERE | _names_read(tag.name, values)
        for name, start, end, quote in found:
            if name in names and start < end:
                writer = HtmlWriter(self._nbsp, quote or '"', "" if quote else '"')
                self._add([Mark(Kind.TEXT, start, end)], writer)


def _names_read(tag: str, values: Mapping[str, str]) -> frozenset[str]:
    if tag == "input" and values.get("type") in _PUSHED:
        return frozenset({"value"})
    if tag == "meta" and {values.get("name"), values.get("property")} & _READ_META:
        return frozenset({"content"})
    if tag in _LABELLED:
        return frozenset({"label"})
    return frozenset()


def _decoded(raw: str) -> str:
    try:
        return unescape(_BLANKS.sub(" ", raw))
    except ValueError:  # a number of more than 4,300 digits
        return raw


def _attribute_decoded(raw: str) -> str:
    """In an attribute ``&copy=1`` is an address's parameter: only what ends in a semicolon is decoded."""
    return re.sub(r"&[#\w]{1,32};", lambda match: unescape(match[0]), _BLANKS.sub(" ", raw))
