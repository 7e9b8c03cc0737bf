"""A segment as Azure AI Translator takes it, and back.

Text alone goes as plain text. With codes it goes as HTML: tags travel with their words, and elements of the
class ``notranslate`` come back as they are (learn.microsoft.com, "Prevent content translation"). So a pair
is ``<b id=n>``, and a standalone code is such an element with its number in it, for an empty one would leave
the sentence without a noun. Numbers are given anew for each segment: short, whatever the document calls them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape

from libs.translation.segments import Close, Open, Segment, Standalone, Term, Text, Token, joined, utf16

#: An element with a code's number, the start of a pair, its end; what is left of a torn element goes.
_MARK = re.compile(r"<span\b([^<>]*)>[^<]*</span>|<b\b([^<>]*)>|(</b>)|</?span\b[^<>]*>", re.IGNORECASE)
_ID = re.compile(r"\bid\s*=\s*[\"']?(\d{1,9})", re.IGNORECASE)
#: The dictionary's markup is read in plain text too: a document that speaks of it goes as HTML, escaped.
_DICTIONARY = "mstrans:dictionary"


@dataclass(frozen=True, slots=True)
class Encoded:
    """``text`` is what is sent; ``units`` its size in UTF-16 code units, markup included."""

    text: str
    is_html: bool
    units: int
    _codes: tuple[Token, ...]

    def decode(self, answer: str) -> Segment:
        """The segment in an answer; codes the engine lost or made up are for the caller to find. Nobody looks
        for terms, so without one of those in ``notranslate`` there is no segment, as if nothing had come.
        """
        if not self.is_html:
            return joined([Text(answer)])
        segment = joined(_tokens(answer, self._codes))
        terms = {code for code in self._codes if isinstance(code, Term)}
        return segment if terms.issubset(segment) else ()


def encode(segment: Segment, *, dictionary: bool) -> Encoded:
    """``dictionary``: the engine knows its dictionary markup for these languages."""
    if all(isinstance(token, Text) and _DICTIONARY not in token.text.lower() for token in segment):
        text = "".join(token.text for token in segment if isinstance(token, Text))
        return Encoded(text, is_html=False, units=utf16(text), _codes=())
    codes: dict[Token, int] = {}
    text = "".join(_written(token, codes, dictionary=dictionary) for token in segment)
    return Encoded(text, is_html=True, units=utf16(text), _codes=tuple(codes))


def _written(token: Token, codes: dict[Token, int], *, dictionary: bool) -> str:
    match token:
        case Text(text):
            return escape(text, quote=False)
        case Open():
            return f'<b id="{codes.setdefault(token, len(codes))}">'
        case Close():
            return "</b>"
        case Term(_, text, translation) if dictionary and text != translation:
            words = escape(text, quote=False)
            return f'<{_DICTIONARY} translation="{escape(translation)}">{words}</{_DICTIONARY}>'
        case _:
            number = codes.setdefault(token, len(codes))
            return f'<span class="notranslate" id="{number}">{_shown(token, number)}</span>'


def _shown(token: Token, number: int) -> str:
    return escape(token.translation, quote=False) if isinstance(token, Term) else str(number)


def _tokens(answer: str, codes: tuple[Token, ...]) -> Iterator[Token]:
    """What stands in a ``notranslate`` element is dropped: the code stands for it."""
    opened: list[Token | None] = []
    place = 0
    for mark in _MARK.finditer(answer):
        yield Text(unescape(answer[place : mark.start()]))
        place = mark.end()
        alone, start, end = mark.groups()
        if end:
            pair = opened.pop() if opened else None
            if isinstance(pair, Open):
                yield Close(pair.code)
        elif code := _code(start or alone or "", codes, (Standalone, Term) if start is None else (Open,)):
            yield code
        if start is not None:
            opened.append(_code(start, codes, (Open,)))
    yield Text(unescape(answer[place:]))


def _code(attributes: str, codes: tuple[Token, ...], kinds: tuple[type[Token], ...]) -> Token | None:
    found = _ID.search(attributes)
    number = int(found[1]) if found else len(codes)
    code = codes[number] if number < len(codes) else None
    return code if isinstance(code, kinds) else None
