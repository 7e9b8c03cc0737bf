"""A segment as text with markers, and back.

LibreTranslate's HTML mode cuts a sentence at each tag, so codes go as words that models leave alone:
``[X3X]`` with a number given anew for each segment; the end of a pair has one of its own. The server
unescapes its answer as HTML in text mode too: what that would change in a text goes as a marker, and so does
what looks like one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from libs.translation.segments import Segment, Text, Token, joined

#: Blanks inside, and small letters, are the models' doing.
_MARKER = re.compile(r"\[\s*X\s*([0-9]{1,6})\s*X\s*\]", re.IGNORECASE)
_OPAQUE = re.compile(rf"&(?:#[0-9]+|#x[0-9a-f]+|[a-z][a-z0-9]*);?|{_MARKER.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Encoded:
    """``text`` is what is sent."""

    text: str
    _tokens: tuple[Token, ...]

    def decode(self, answer: str) -> Segment:
        """The segment in an answer; markers the engine lost or made up are for the caller to find."""
        return joined(self._found(answer))

    def _found(self, answer: str) -> Iterator[Token]:
        place = 0
        for marker in _MARKER.finditer(answer):
            yield Text(answer[place : marker.start()])
            place = marker.end()
            number = int(marker[1])
            if number < len(self._tokens):
                yield self._tokens[number]
        yield Text(answer[place:])


def encode(segment: Segment) -> Encoded:
    tokens: list[Token] = []
    written: list[str] = []
    for token in segment:
        for part in _parts(token) if isinstance(token, Text) else (token,):
            if isinstance(part, Text) and not _is_opaque(part.text):
                written.append(part.text)
                continue
            written.append(f"[X{len(tokens)}X]")
            tokens.append(part)
    return Encoded("".join(written), tuple(tokens))


def _parts(token: Text) -> Iterator[Text]:
    place = 0
    for found in _OPAQUE.finditer(token.text):
        yield Text(token.text[place : found.start()])
        yield Text(found[0])
        place = found.end()
    yield Text(token.text[place:])


def _is_opaque(text: str) -> bool:
    return _OPAQUE.fullmatch(text) is not None and (unescape(text) != text or "[" in text)
