"""Where in a gettext catalogue (https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html) what is.

An entry is the lines of its keywords, with their strings, up to an empty line, a comment or the next entry.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from libs.translation.errors import PermanentFault

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_KEYWORD = re.compile(r'[ \t]*(?P<keyword>msgctxt|msgid_plural|msgid|msgstr(?:\[\d{1,2}\])?)[ \t]*(?=")')
_STRING = re.compile(r'[ \t]*"(?P<raw>(?:[^"\\]++|\\.)*+)"[ \t]*')
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]{2}|.)")
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


@dataclass(slots=True)
class Field:
    """A keyword's value, and where its strings are written: from the first quote to the last."""

    strings: list[str]
    start: int
    end: int

    @property
    def value(self) -> str:
        return "".join(self.strings)


@dataclass(slots=True)
class Entry:
    """``fields`` by keyword, in order; a fuzzy translation is a guess that nobody has looked at."""

    fields: dict[str, Field] = field(default_factory=dict)
    is_fuzzy: bool = False

    def value(self, keyword: str) -> str:
        """Nothing where the entry has no such keyword."""
        return self.fields[keyword].value if keyword in self.fields else ""


def entries(text: str) -> Iterator[Entry]:
    """Every entry, the header (its msgid is empty) too; obsolete ones (``#~``) are comments.

    Raises `PermanentFault` (``malformed``) with the line.
    """
    entry, last = Entry(), ""
    for number, match in enumerate(_LINE.finditer(text), start=1):
        content = match[1].strip()
        keyword = _KEYWORD.match(match[1])
        if entry.fields and _begins_another(entry, content, keyword["keyword"] if keyword else ""):
            yield entry
            entry = Entry()
        if content and not content.startswith("#"):
            last = keyword["keyword"] if keyword else last
            _add(entry, last, match, keyword, number)
        else:
            last = ""
            entry.is_fuzzy |= content.startswith("#,") and "fuzzy" in content
    if entry.fields:
        yield entry


def _begins_another(entry: Entry, content: str, keyword: str) -> bool:
    is_whole = any(known.startswith("msgstr") for known in entry.fields)
    if not content or content.startswith("#"):
        return is_whole
    return keyword in entry.fields or (is_whole and keyword in {"msgctxt", "msgid"})


def _add(entry: Entry, last: str, line: re.Match[str], keyword: re.Match[str] | None, number: int) -> None:
    string = _STRING.fullmatch(line[1], keyword.end() if keyword else 0)
    if not string or not last:
        raise PermanentFault("malformed", f"line {number} is not of a gettext catalogue")
    end = line.start() + string.end("raw") + 1
    if keyword:
        entry.fields[last] = Field([], line.start() + string.start("raw") - 1, end)
    entry.fields[last].strings.append(read(string["raw"]))
    entry.fields[last].end = end


def read(raw: str) -> str:
    """What a string says."""
    return _ESCAPE.sub(_character, raw) if "\\" in raw else raw


def _character(match: re.Match[str]) -> str:
    escape = match[1]
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if escape[0] == "x" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _NAMED.get(escape, escape)
