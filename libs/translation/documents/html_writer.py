"""A translated segment as HTML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from libs.translation.segments import Close, Open, Segment, Standalone, Text

_IDENTITY = re.compile(
    r"""\s(?:id|name)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+) | (?P<kept>"[^"]*"|'[^']*')""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class HtmlWriter:
    """Writes text (``quote`` empty) or an attribute's value; ``added`` if its source had no quotes."""

    nbsp: str
    quote: str = ""
    added: str = ""

    def __call__(self, segment: Segment, codes: Mapping[int, tuple[str, str]]) -> str:
        return self.added + "".join(self._pieces(segment, codes)) + self.added

    def _pieces(self, segment: Segment, codes: Mapping[int, tuple[str, str]]) -> Iterator[str]:
        opened: set[int] = set()
        for token in segment:
            match token:
                case Text(text):
                    yield self._escaped(text)
                case Open(code):
                    yield without_identity(codes[code][0]) if code in opened else codes[code][0]
                    opened.add(code)
                case Close(code):
                    yield codes[code][1]
                case Standalone(code):
                    yield codes[code][0]

    def _escaped(self, text: str) -> str:
        text = escape(text, quote=False).replace("\u00a0", self.nbsp)
        if not self.quote:
            return text
        return text.replace(self.quote, "&quot;" if self.quote == '"' else "&#39;")


def without_identity(tag: str) -> str:
    """The start tag for the second half of a pair an engine split: an id must not be there twice."""
    return _IDENTITY.sub(lambda match: match["kept"] or "", tag)
