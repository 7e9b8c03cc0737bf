"""Where in a JSON text (RFC 8259) its string values are, and how they are written."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from libs.translation.errors import PermanentFault

_SIGN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s"{}\[\],:]++')
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf'{_HIGH}{_LOW}|\\(?:u[0-9a-fA-F]{{4}}|["\\/bfnrt])')
_UNICODE_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}")
_MUST_ESCAPE = re.compile(r'["\\\x00-\x1f]')
#: Nobody's resources are deeper, and Python reads about a thousand.
_DEEPEST = 200


class JsonString(NamedTuple):
    """A string value from ``start`` to ``end``, quotes left out; ``path`` are the names and numbers to it."""

    path: tuple[str, ...]
    start: int
    end: int


def loaded(text: str) -> object:
    """What the JSON says. Raises `PermanentFault` (``malformed``, ``too_deep``)."""
    try:
        return json.loads(text, parse_int=float)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise PermanentFault("malformed", f"the file is not JSON: {error}") from error


def strings(text: str) -> Iterator[JsonString]:
    """The string values of a text that is JSON, in order. Raises `PermanentFault` (``too_deep``)."""
    for value in _values(text):
        if text[value.start - 1] == '"':
            yield value


def require_same_shape(source: str, translation: str) -> None:
    """The same values at the same paths, only strings with other words.

    Raises `PermanentFault` (``shape_changed``).
    """
    loaded(translation)
    for ours, theirs in zip_longest(_values(source), _values(translation)):
        if not (ours and theirs and ours.path == theirs.path and _is_kept(source, ours, translation, theirs)):
            path = ".".join((ours or theirs or JsonString((), 0, 0)).path)
            raise PermanentFault(
                "shape_changed", f"the value at {path or 'the top'} would not be the source's"
            )


def _is_kept(source: str, ours: JsonString, translation: str, theirs: JsonString) -> bool:
    is_string = source[ours.start - 1 : ours.start] == '"'
    return is_string or source[ours.start : ours.end] == translation[theirs.start : theirs.end]


def _values(text: str) -> Iterator[JsonString]:
    """Strings without their quotes, and all other values that hold none."""
    names: list[str | int] = []  # a name that is to come is "", an index counts
    is_key = False
    for match in _SIGN.finditer(text):
        sign = match[0]
        if sign in "{[":
            if len(names) == _DEEPEST:
                raise _too_deep()
            names.append("" if sign == "{" else 0)
            is_key = sign == "{"
        elif sign in "}]":
            names.pop()
        elif sign == ",":
            is_key = _next(names)
        elif sign == ":":
            is_key = False
        elif is_key:
            names[-1] = read(sign[1:-1])
        else:
            quoted = sign[0] == '"'
            yield JsonString(tuple(map(str, names)), match.start() + quoted, match.end() - quoted)


def _next(names: list[str | int]) -> bool:
    """Behind a comma; whether a key is to come."""
    last = names[-1]
    if isinstance(last, int):
        names[-1] = last + 1
    return isinstance(last, str)


def _too_deep() -> PermanentFault:
    return PermanentFault("too_deep", f"the file nests more than {_DEEPEST} levels")


def read(raw: str) -> str:
    """What a string says."""
    if "\\" not in raw:
        return raw
    value: str = json.loads(f'"{raw}"')
    return value


def escapes_all(text: str) -> bool:
    """Whether the file writes every character that is not ASCII as an escape."""
    return text.isascii() and bool(_UNICODE_ESCAPE.search(text))


@dataclass(frozen=True, slots=True)
class JsonWriter:
    """Writes values as the string ``raw`` is written: what it escapes is escaped."""

    raw: str
    ascii_only: bool

    def __call__(self, value: str) -> str:
        habits = {read(escape[0]): escape[0] for escape in _ESCAPE.finditer(self.raw)}
        return "".join(habits.get(character) or self._written(character) for character in value)

    def _written(self, character: str) -> str:
        if _MUST_ESCAPE.match(character) or (self.ascii_only and not character.isascii()):
            return json.dumps(character)[1:-1]
        return character
