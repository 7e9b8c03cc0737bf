"""Tables as text. The fields that people read are translated, those that are numbers, codes or formulas are
not; all else stays as it was, byte for byte.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from libs.translation.documents.csv_fields import (
    FieldWriter,
    Quoting,
    delimiter_of,
    fields,
    require_same_shape,
)
from libs.translation.documents.document import SMALL_BYTES, Document
from libs.translation.documents.encoding import decode
from libs.translation.documents.strings.message import is_read, message_spots
from libs.translation.documents.strings.slots import Slot, SlotDocument, bounded
from libs.translation.errors import PermanentFault


class CsvFormat:
    name = "csv"
    extensions = frozenset({".csv"})
    content_type = "text/csv"
    memory_a_byte = 150
    inline_bytes = SMALL_BYTES
    options: Mapping[str, str] = {
        "csv_columns": "which columns are translated: names or numbers from 1, with commas between "
        "(Title, 3); without it, all",
        "csv_header": "keep (the first row is names and stays), translate, or none (it is a row like others)",
    }
    #: All that an option may say, for those that do not take any text.
    choices: Mapping[str, tuple[str, ...]] = {"csv_header": ("keep", "translate", "none")}

    def parse(self, data: bytes, language: str, options: Mapping[str, str] | None = None) -> Document:
        """`PermanentFault`: ``undecodable``, ``malformed``, ``unknown_column``, ``too_much_markup``."""
        text, encoding = decode(data, language)
        delimiter = self._delimiter(text)
        return SlotDocument(
            data,
            text,
            bounded(_slots(text, delimiter, options or {})),
            encode=encoding.encode,
            check=lambda new: require_same_shape(text, new, delimiter),
        )

    def _delimiter(self, text: str) -> str:
        return delimiter_of(text)


class TsvFormat(CsvFormat):
    """The same with tabs; it has the same options."""

    name = "tsv"
    extensions = frozenset({".tsv", ".tab"})
    content_type = "text/tab-separated-values"

    def _delimiter(self, text: str) -> str:  # noqa: ARG002 - its name tells
        return "\t"


def _slots(text: str, delimiter: str, options: Mapping[str, str]) -> Iterator[Slot]:
    header = options.get("csv_header", "keep")
    columns = _columns(options.get("csv_columns", ""), _names(text, delimiter) if header != "none" else [])
    for field in fields(text, delimiter):
        if (field.row == 0 and header == "keep") or (columns and field.column not in columns):
            continue
        value = "" if field.quoting is Quoting.ODD else field.value(text)
        if is_read(value) and not value.startswith("="):
            writer = FieldWriter(text[field.start : field.end], delimiter, field.quoting)
            yield Slot(field.start, field.end, value, message_spots(value), writer)


def _names(text: str, delimiter: str) -> list[str]:
    first = takewhile(lambda field: field.row == 0, fields(text, delimiter))
    return [field.value(text).strip().casefold() for field in first]


def _columns(told: str, names: Sequence[str]) -> frozenset[int]:
    """The columns told, from 0; nothing told is nothing."""
    wanted: set[int] = set()
    for name in (name.strip() for name in told.split(",") if name.strip()):
        if name.casefold() in names:
            wanted.update(place for place, known in enumerate(names) if known == name.casefold())
        elif name.isdecimal() and int(name[:6]) > 0:
            wanted.add(int(name[:6]) - 1)
        else:
            raise PermanentFault("unknown_column", f"the file has no column {name[:100]!r}")
    return frozenset(wanted)
