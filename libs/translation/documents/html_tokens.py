"""HTML in tokens with their offsets, as a browser would cut it (https://html.spec.whatwg.org, 13.2.5).

Every token takes all it looked at, also when it is never closed, so any input takes linear time.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

VOID = frozenset(
    [
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
#: Their content is characters alone, up to the end tag.
_RAW = frozenset(["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"])
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}
#: Other languages inside HTML; one token with all they hold.
_FOREIGN = {name: re.compile(rf"<(/?){name}(?=[\s/>])", re.IGNORECASE) for name in ("svg", "math")}

_TEXT = re.compile(r"(?:[^<]++|<(?![A-Za-z/!?]))++")
_TAG = re.compile(
    r"""<(?P<slash>/?)(?P<name>[A-Za-z][^\s/>]*+)
        (?:[^>=]++ | =\s*+ (?:"[^"]*+(?:"|\Z) | '[^']*+(?:'|\Z))?+)*+
        (?P<end>>|\Z)""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s/>="'<]++)
        (?:\s*+=\s*+(?:"(?P<double>[^"]*+)" | '(?P<single>[^']*+)' | (?P<bare>[^\s"'>][^\s>]*+)))?""",
    re.VERBOSE,
)


class What(Enum):
    TEXT = "text"
    START = "start"
    END = "end"
    VOID = "void"
    RAW = "raw"
    FOREIGN = "foreign"
    #: Comments, declarations, processing instructions, and a tag the file ends in.
    OTHER = "other"


class Token(NamedTuple):
    """``name`` of a tag, or of the element a RAW content is in; small letters."""

    what: What
    name: str
    start: int
    end: int


class Attribute(NamedTuple):
    """``start`` and ``end`` of its value, without the ``quote`` (which may be empty) around it."""

    name: str
    start: int
    end: int
    quote: str


def tokens(text: str, start: int, end: int, *, is_xml: bool = False) -> Iterator[Token]:
    """Every character of the text from ``start`` to ``end`` is in exactly one token."""
    while start < end:
        if match := _TEXT.match(text, start, end):
            found = [Token(What.TEXT, "", start, match.end())]
        elif match := _TAG.match(text, start, end):
            found = list(_tag(text, match, end, is_xml=is_xml))
        else:
            found = [Token(What.OTHER, "", start, _end_of_other(text, start, end, is_xml=is_xml))]
        yield from found
        start = found[-1].end


def attributes(text: str, tag: Token) -> Iterator[Attribute]:
    for match in _ATTRIBUTE.finditer(text, tag.start + 1 + len(tag.name), tag.end - 1):
        for group, quote in (("double", '"'), ("single", "'"), ("bare", "")):
            if match[group] is not None:
                yield Attribute(match["name"].lower(), *match.span(group), quote)
                break
        else:
            yield Attribute(match["name"].lower(), match.end(), match.end(), "")


def _tag(text: str, match: re.Match[str], end: int, *, is_xml: bool) -> Iterator[Token]:
    name = match["name"].lower()
    stop = match.end()
    closes_itself = match[0].endswith("/>")
    if not match["end"]:
        yield Token(What.OTHER, "", match.start(), stop)
    elif match["slash"]:
        yield Token(What.END, name, match.start(), stop)
    elif name in _FOREIGN:
        stop = stop if closes_itself else _end_of_foreign(text, name, stop, end)
        yield Token(What.FOREIGN, name, match.start(), stop)
    elif name in VOID or (is_xml and closes_itself):
        yield Token(What.VOID, name, match.start(), stop)
    else:
        yield Token(What.START, name, match.start(), stop)
        if name in _RAW:
            close = _RAW_ENDS[name].search(text, stop, end)
            yield Token(What.RAW, name, stop, close.start() if close else end)


def _end_of_foreign(text: str, name: str, start: int, end: int) -> int:
    depth = 1
    for match in _FOREIGN[name].finditer(text, start, end):
        tag = _TAG.match(text, match.start(), end)
        stop = tag.end() if tag else end
        if match[1]:
            depth -= 1
        elif text[stop - 2 : stop] != "/>":
            depth += 1
        if not depth:
            return stop
    return end


def _end_of_other(text: str, start: int, end: int, *, is_xml: bool) -> int:
    closing, skipped = ">", 2
    if text.startswith(("<!-->", "<!--->"), start):
        pass
    elif text.startswith("<!--", start):
        closing, skipped = "-->", 4
    elif is_xml and text.startswith("<![CDATA[", start):
        closing = "]]>"
    elif text.startswith(("<?php", "<?=", "<?xml "), start):
        closing = "?>"
    place = text.find(closing, start + skipped, end)
    return end if place < 0 else place + len(closing)
