"""Where a list goes on: behind a row key, or where the Table service itself says that its query goes on.

A query that filters scans so many rows a request. Azure may then answer with no row and a continuation whose
keys are encoded (``1!8!QmVuOTk5``), or that lacks the row key: only the service can read it. So a cursor
keeps such a continuation whole, and with it the key at which the query's range begins, because a continuation
is good for the same query alone ("Query timeout and pagination", Table service REST API).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: No row key of ours begins so: a cursor that does carries a continuation.
_CONTINUES = "["


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a range of rows."""

    #: The smallest row key of the range that is queried.
    first: str
    #: The service's continuation as the SDK gives and takes it; None: the query begins.
    token: dict[str, str | None] | None = None

    def cursor(self) -> str:
        """Raises ValueError where there is no continuation: a row key is its own cursor."""
        if self.token is None:
            raise ValueError("a position without a continuation has no cursor")
        keys = [self.token.get("PartitionKey"), self.token.get("RowKey")]
        return json.dumps([self.first, *keys], separators=(",", ":"))


def position(cursor: str) -> Position:
    """What a cursor says. Raises ValueError for one that was made up."""
    if not cursor.startswith(_CONTINUES):
        return Position(cursor + "\x20")
    try:
        first, *keys = json.loads(cursor)
        partition, row = keys
    except (TypeError, RecursionError) as error:
        raise ValueError("no cursor") from error
    if not _is_key(first) or not all(key is None or _is_key(key) for key in keys) or keys == [None, None]:
        raise ValueError("no cursor")
    return Position(first, {"PartitionKey": partition, "RowKey": row})


def is_cursor(text: str, is_key: Callable[[str], bool]) -> bool:
    """Whether a text is a cursor of a list whose row keys are those that ``is_key`` knows."""
    if not text.startswith(_CONTINUES):
        return is_key(text)
    try:
        return position(text).token is not None
    except ValueError:
        return False


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()
