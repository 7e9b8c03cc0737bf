"""Rows that this version cannot read: a newer one wrote them, or a person did. They are passed over with one
warning each, and stop nobody.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import structlog

from libs.common.errors import RowUnreadable

_Row = TypeVar("_Row")
#: What the conversion of an unknown, missing or damaged value raises.
_FAULTS = (ValueError, KeyError, TypeError, AttributeError)
#: Warnings remembered; one that is forgotten may be repeated.
_MOST = 10_000

_log = structlog.get_logger(__name__)


class WarnedOnce:
    """Logs a warning once for each thing it is about."""

    def __init__(self) -> None:
        self._warned: dict[str, None] = {}

    def warn(self, event: str, about: str, **fields: object) -> None:
        if about in self._warned:
            return
        self._warned[about] = None
        if len(self._warned) > _MOST:
            del self._warned[next(iter(self._warned))]
        _log.warning(event, **fields)


_warned = WarnedOnce()


def read_row(entity: Mapping[str, Any], convert: Callable[[Mapping[str, Any]], _Row]) -> _Row:
    """``entity`` as a record. `RowUnreadable`: this version cannot; the log says so once for each ETag."""
    try:
        return convert(entity)
    except _FAULTS as error:
        key = f"{entity.get('PartitionKey')} {entity.get('RowKey')}"
        version = getattr(entity, "metadata", {}).get("etag", "")
        why = f"{type(error).__name__}: {error}"
        _warned.warn("row cannot be read; it is passed over", f"{key} {version}", row=key, error=why)
        raise RowUnreadable(f"row {key} cannot be read: {why}") from error


def read_rows(
    entities: Iterable[Mapping[str, Any]], convert: Callable[[Mapping[str, Any]], _Row]
) -> list[_Row]:
    """Those of ``entities`` that this version can read."""
    rows = []
    for entity in entities:
        try:
            rows.append(read_row(entity, convert))
        except RowUnreadable:
            continue
    return rows
