"""A string of a program: what in it is text, and what are tags, placeholders and ICU syntax."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import unescape
from itertools import islice

from libs.translation.documents.html_elements import PROTECTED
from libs.translation.documents.html_tokens import VOID
from libs.translation.documents.markup import (
    BLANKS,
    MOST_MARKS,
    Kind,
    Mark,
    Spot,
    Writer,
    shielded,
    spot_of,
    too_many_marks,
)
from libs.translation.documents.strings.icu import IcuWriter, NoMessage, icu_flows, is_icu, read
from libs.translation.documents.strings.labels import is_label
from libs.translation.documents.strings.writer import written
from libs.translation.documents.txt import LONGEST_SEGMENT
from libs.translation.segments import plain

#: <b>, </b>, <0>, <a href="x">, <br/>; &nbsp;; $t(key), @:key and @:(key) refer to other strings.
_MARKUP = re.compile(
    r"""
      (?P<tag><(?P<slash>/?)(?P<name>[A-Za-z][\w:.-]*+|\d{1,3}+)(?:\s[^<>]*+)?+>|<(?P<alone>[A-Za-z][\w:.-]*+|\d{1,3}+)\s*+/>)
    | (?P<comment><!--[^>]*+-->)
    | (?P<entity>&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)
    | (?P<noun>\$t\([^()\n]{1,200}\) | (?<!\w)@(?:\.\w{1,30})?:(?:\([\w.]{1,200}\)|[\w.]{1,200}\b))
    """,
    re.VERBOSE,
)
_RAW_ENDS = {n: re.compile(rf"</{n}\s*+>", re.IGNORECASE) for n in ("script", "style", "textarea")}
#: Without any of these a string is text and nothing else; most are, and this is ten times faster.
_SYNTAX = re.compile(r"[<&{%@$_\\\n]|://|www\.")
_HINT = re.compile(r"[<&]|\$t\(|@[.:]")
#: Names, paths, addresses, keys, colours, versions: one word of ASCII with a sign or a digit that no word of
#: a language has; camelCase too. In strings of a program kebab-case is the name of a style or a key.
_ONE_WORD = re.compile(r"[!-~]++")
_SIGN = re.compile(r"[\d_/\\#$^=+*|\[\]@~]|[.:][A-Za-z]")
_CAMEL = re.compile(r"[a-z]++(?:[A-Z][a-z0-9]*+)++")
_KEBAB = re.compile(r"[a-z]++(?:-[a-z]++){2,}")
_LETTER = re.compile(r"[^\W\d_]")
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


def is_read(value: str, *, in_program: bool = False) -> bool:
    """Whether people read it, as far as one can tell: it has letters and does not look like a program's name
    for something. ``in_program``: it is one of the strings of a program, and no cell or description.
    """
    text = _MARKUP.sub("", value.strip()) if "<" in value else value.strip()
    if not _LETTER.search(text):
        return False
    if not _ONE_WORD.fullmatch(text):
        return True
    has_sign = _SIGN.search(text) or _CAMEL.fullmatch(text) or (in_program and _KEBAB.fullmatch(text))
    return not has_sign or is_label(text, in_program=in_program)


def message_spots(value: str, writer: Writer = written) -> list[Spot]:
    """What is to be translated in a string, outer spots before those inside of their codes."""
    if _HALF_A_PAIR.search(value) or not _LETTER.search(value):
        return []
    if not _SYNTAX.search(value) and len(value) < LONGEST_SEGMENT // 2:
        start = len(value) - len(value.lstrip(BLANKS))
        end = len(value.rstrip(BLANKS))
        return [Spot(start, end, (plain(value[start:end]),), {}, writer)]
    decode: Callable[[str], str] = str
    flows: Sequence[Sequence[Mark]] = [[Mark(Kind.TEXT, 0, len(value))]]
    if is_icu(value):
        try:
            flows, decode, writer = icu_flows(value), read, IcuWriter(doubles="''" in value)
        except NoMessage:
            return []
    spots = (
        spot_of(value, line, writer, decode=decode, protected=PROTECTED)
        for marks in flows
        for line in _lines(value, shielded(value, _with_markup(value, marks), PROTECTED))
    )
    return [spot for spot in spots if spot]


def _lines(value: str, marks: Iterable[Mark]) -> Iterator[list[Mark]]:
    """A line break in a string is meant: each line is a text of its own."""
    line: list[Mark] = []
    for mark in marks:
        start = mark.start
        while mark.kind is Kind.TEXT and (place := value.find("\n", start, mark.end)) >= 0:
            yield [*line, mark._replace(start=start, end=place)]
            line, start = [], place + 1
        line.append(mark._replace(start=start))
    yield line


def _with_markup(value: str, marks: Iterable[Mark]) -> list[Mark]:
    found: list[Mark] = []
    for mark in marks:
        if mark.kind is Kind.TEXT and _HINT.search(value, mark.start, mark.end):
            found += islice(text_marks(value, mark.start, mark.end), MOST_MARKS)
        else:
            found.append(mark)
        if len(found) >= MOST_MARKS:
            raise too_many_marks()
    return found


def text_marks(value: str, start: int, end: int) -> Iterator[Mark]:
    """Tags, entities and references in the text of a string; what holds characters alone is one mark."""
    unclosed: set[str] = set()
    while match := _MARKUP.search(value, start, end):
        if start < match.start():
            yield Mark(Kind.TEXT, start, match.start())
        mark = _mark(match)
        if mark.kind is Kind.START and mark.name in _RAW_ENDS and mark.name not in unclosed:
            if close := _RAW_ENDS[mark.name].search(value, mark.end, end):
                mark = Mark(Kind.ALONE, mark.start, close.end())
            else:
                unclosed.add(mark.name)
        yield mark
        start = mark.end
    if start < end:
        yield Mark(Kind.TEXT, start, end)


def _mark(match: re.Match[str]) -> Mark:
    name = (match["name"] or "").lower()
    if name and name not in VOID and not match[0].endswith("/>"):
        return Mark(Kind.END if match["slash"] else Kind.START, *match.span(), name)
    if match["entity"] and (character := unescape(match[0])).isalnum():
        return Mark(Kind.TEXT, *match.span(), written=character)
    return Mark(Kind.NOUN if match["noun"] else Kind.ALONE, *match.span())
