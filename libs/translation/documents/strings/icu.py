"""ICU messages (https://unicode-org.github.io/icu/userguide/format_parse/messages/): which parts are text.

    {count, plural, one {# file} other {# files}} in {folder}

Each branch is a text of its own; keywords, names and formats are the program's. Selectors stay as they
are: a form that the target language has and the source lacks is read from ``other``, as ICU does.
"""

import re
from collections.abc import Mapping

from libs.translation.documents.markup import MOST_MARKS, Kind, Mark, too_many_marks
from libs.translation.documents.strings.writer import written
from libs.translation.segments import Segment

_COMPLEX = re.compile(r"\{\s*+[\w.-]++\s*+,\s*+(?P<kind>plural|selectordinal|select)\s*+,")
_SIMPLE = re.compile(r"\{[^{}]*+\}")
_SELECTOR = re.compile(r"\s*+(?:offset:\s*+\d++\s++)?[^\s{}]++\s*+\{")
_END = re.compile(r"\s*+\}")
#: An apostrophe quotes only ahead of a character that means something.
_SPECIAL = re.compile(r"(?P<quoted>'(?=[{}\#|])(?:[^']|'')*+(?:'|\Z))|''|[{}\#]")
_DEEPEST = 10


class NoMessage(Exception):
    """The text has the beginning of an ICU message and is none."""


def is_icu(text: str) -> bool:
    return bool(_COMPLEX.search(text))


def icu_flows(text: str) -> list[list[Mark]]:
    """The marks of the message and of each of its branches, outer ones first. Raises `NoMessage`,
    and `PermanentFault` (``too_much_markup``).
    """
    if sum(1 for _ in _SPECIAL.finditer(text)) > MOST_MARKS:
        raise too_many_marks()
    reader = _Reader(text)
    if reader.message(0, depth=0, is_plural=False) != len(text):
        raise NoMessage
    return reader.flows


class _Reader:
    def __init__(self, text: str) -> None:
        self.flows: list[list[Mark]] = []
        self._text = text

    def message(self, start: int, *, depth: int, is_plural: bool) -> int:
        """Read up to the bracket that closes the branch (or the end of the text); gives its place."""
        if depth > _DEEPEST:
            raise NoMessage
        marks: list[Mark] = []
        self.flows.append(marks)
        done = place = start
        while match := _SPECIAL.search(self._text, place):
            found, place = match[0], match.end()
            if found == "}" and depth:
                place = match.start()
                break
            if found == "{":
                place = self._argument(match.start(), depth=depth)
            elif not match["quoted"] and not (found == "#" and is_plural):
                continue
            if done < match.start():
                marks.append(Mark(Kind.TEXT, done, match.start()))
            marks.append(Mark(Kind.NOUN, match.start(), place))
            done = place
        else:
            place = len(self._text)
        if done < place:
            marks.append(Mark(Kind.TEXT, done, place))
        return place

    def _argument(self, start: int, *, depth: int) -> int:
        """Where the argument ends; its branches are read."""
        if not (argument := _COMPLEX.match(self._text, start)):
            if not (simple := _SIMPLE.match(self._text, start)):
                raise NoMessage
            return simple.end()
        place = argument.end()
        while not (end := _END.match(self._text, place)):
            selector = _SELECTOR.match(self._text, place)
            if not selector:
                raise NoMessage
            is_plural = argument["kind"] != "select"
            place = self.message(selector.end(), depth=depth + 1, is_plural=is_plural) + 1
        return end.end()


def read(raw: str) -> str:
    """What a text of a message says."""
    return raw.replace("''", "'")


class IcuWriter:
    """``doubles`` apostrophes where the source does; else only where one would quote."""

    def __init__(self, *, doubles: bool) -> None:
        self._apostrophe = re.compile("'" if doubles else r"'(?=[{}#|<']|$)")

    def __call__(self, segment: Segment, codes: Mapping[int, tuple[str, str]]) -> str:
        return written(segment, codes, self._text)

    def _text(self, text: str) -> str:
        return re.sub(r"[{}]", r"'\g<0>'", self._apostrophe.sub("''", text))
