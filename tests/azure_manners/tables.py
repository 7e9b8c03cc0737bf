"""A filtered query as the Table service carries it out: it scans so many rows and answers with what fits.

"Query timeout and pagination" says: a query answers at most 1,000 entities, runs for 5 s at most, and "it is
possible for a query to return no results but to still return a continuation header". Its example of a
continuation is ``1!8!QmVuOTk5`` for the row key ``Ben999``; a continuation may lack the row key. Azurite
filters first and pages then, so it answers each page full.
"""

import base64
import json
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

_NEXT_PARTITION, _NEXT_ROW = "x-ms-continuation-NextPartitionKey", "x-ms-continuation-NextRowKey"
_TEXT = r"'((?:[^']|'')*)'"
_RANGE = re.compile(rf"PartitionKey eq {_TEXT} and RowKey ge {_TEXT} and RowKey lt {_TEXT}(?: and (.*))?")
_CONDITION = re.compile(rf"(\w+) (eq|gt|lt) (?:{_TEXT}|(-?\d+))")
_COMPARISONS = {"eq": operator.eq, "gt": operator.gt, "lt": operator.lt}
#: What a page holds at most, of Azure and of Azurite.
_LARGEST_PAGE = 1000


def encoded(key: str) -> str:
    """A key as a continuation has it: version, length, Base64 with ``-`` and ``*`` for ``=`` and ``/``."""
    text = base64.b64encode(key.encode()).decode().replace("=", "-").replace("/", "*")
    return f"1!{len(text)}!{text}"


def decoded(token: str) -> str:
    """The key of a continuation. Raises ValueError for what no continuation of ours is."""
    version, length, text = token.split("!", 2)
    if version != "1" or int(length) != len(text):
        raise ValueError(token)
    return base64.b64decode(text.replace("-", "=").replace("*", "/"), validate=True).decode()


@dataclass(frozen=True, slots=True)
class Query:
    """A range of one partition, the conditions on other properties, and where the request goes on."""

    path: str
    partition: str
    first: str
    end: str
    conditions: str
    top: int
    #: Continuations as the client sent them; None where it sent none.
    next_partition: str | None
    next_row: str | None

    @property
    def asked(self) -> tuple[str, ...]:
        """What is the same in each request of a query."""
        return self.path, self.partition, self.first, self.end, self.conditions

    @property
    def resumes(self) -> bool:
        return self.next_partition is not None

    def upstream_path(self, window: int) -> str:
        """The scan of ``window`` rows that Azurite is asked for: the range alone, without the conditions."""
        first = self.first if self.next_row is None else decoded(self.next_row)
        keys = (quoted(text) for text in (self.partition, first, self.end))
        filtered = "PartitionKey eq {} and RowKey ge {} and RowKey lt {}".format(*keys)
        return f"{self.path}?$filter={quote(filtered, safe='')}&$top={min(window, _LARGEST_PAGE)}"

    def wants(self, entity: Mapping[str, Any]) -> bool:
        return all(
            name in entity
            and _COMPARISONS[how](entity[name], text.replace("''", "'") if number == "" else int(number))
            for name, how, text, number in _CONDITION.findall(self.conditions)
        )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def query_of(raw_path: str) -> Query | None:
    """The range query that a path asks for; None for any other request."""
    parts = urlsplit(raw_path)
    asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    found = _RANGE.fullmatch(asked.get("$filter", ""))
    if found is None:
        return None
    partition, first, end = (text.replace("''", "'") for text in found.groups()[:3])
    next_partition = asked.get("NextPartitionKey")
    if next_partition is not None and decoded(next_partition) != partition:
        raise ValueError(next_partition)
    return Query(
        path=parts.path,
        partition=partition,
        first=first,
        end=end,
        conditions=found[4] or "",
        top=int(asked.get("$top", _LARGEST_PAGE)),
        next_partition=next_partition,
        next_row=asked.get("NextRowKey"),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """What one request answers: a body, and the continuation headers."""

    body: bytes
    continuation: Mapping[str, str]
    #: Entities in the body.
    count: int


def page_of(query: Query, body: bytes, azurites_next: str | None) -> Page:
    """What is left of a scan under the query's conditions. ``azurites_next``: the row that Azurite would go
    on at.
    """
    answer = json.loads(body)
    wanted = [entity for entity in answer["value"] if query.wants(entity)]
    onward = None if azurites_next is None else base64.b64decode(unquote(azurites_next)).decode()
    if len(wanted) > query.top:
        wanted, onward = wanted[: query.top], wanted[query.top]["RowKey"]
    headers = (
        {} if onward is None else {_NEXT_PARTITION: encoded(query.partition), _NEXT_ROW: encoded(onward)}
    )
    return Page(json.dumps(answer | {"value": wanted}).encode(), headers, len(wanted))


def empty_page(query: Query) -> Page:
    """No row yet; the continuation of a query's first request names the partition alone."""
    row = {_NEXT_ROW: encoded(query.first)} if query.resumes else {}
    return Page(b'{"value":[]}', {_NEXT_PARTITION: encoded(query.partition)} | row, 0)


def azurites_next(headers: Mapping[str, str]) -> str | None:
    return headers.get(_NEXT_ROW)
