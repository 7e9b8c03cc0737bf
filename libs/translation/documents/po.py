"""gettext catalogues. Where a translation is missing or fuzzy, it is made from the msgid, in each of the
entry's plural forms; every other character stays. A fuzzy entry stays marked: somebody was to look at it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from libs.translation.documents.document import SMALL_BYTES, Document
from libs.translation.documents.encoding import Encoding
from libs.translation.documents.html_charset import decoded
from libs.translation.documents.po_entries import Entry, entries
from libs.translation.documents.strings.message import message_spots
from libs.translation.documents.strings.slots import Slot, SlotDocument, bounded
from libs.translation.errors import PermanentFault

_CHARSET = re.compile(rb'"Content-Type:[^"\n]{0,100}?charset=([\w.:-]+)')
_NAME = re.compile(r'("Content-Type:[^"\n]{0,100}?charset=)[\w.:-]+')
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f]')
_LINE_ENDS = re.compile(r"(?<=\n)(?=[^\n])")


class PoFormat:
    name = "po"
    extensions = frozenset({".po", ".pot"})
    content_type = "text/x-gettext-translation"
    memory_a_byte = 80
    inline_bytes = SMALL_BYTES

    def parse(self, data: bytes, language: str) -> Document:
        """Raises `PermanentFault`: ``undecodable``, ``malformed``, ``too_much_markup``."""
        text, encoding = decoded(data, language, _CHARSET)
        return SlotDocument(
            data,
            text,
            bounded(_slots(text)),
            encode=lambda new: _encoded(new, encoding),
            check=lambda new: _require_same_shape(text, new),
        )


def _slots(text: str) -> Iterator[Slot]:
    writer = _Writer("\r\n" if "\r\n" in text else "\n")
    for entry in entries(text):
        source = entry.value("msgid")
        plural = entry.value("msgid_plural")
        if not source:
            continue  # the header
        many = sum(keyword.startswith("msgstr[") for keyword in entry.fields)
        for keyword, place in entry.fields.items():
            if keyword.startswith("msgstr") and (entry.is_fuzzy or not place.value):
                value = plural if plural and (keyword != "msgstr[0]" or many == 1) else source
                yield Slot(place.start, place.end, value, message_spots(value), writer)


@dataclass(frozen=True, slots=True)
class _Writer:
    """A value with line breaks inside has a line for each."""

    newline: str

    def __call__(self, value: str) -> str:
        lines = [f'"{_ESCAPED.sub(_escaped, line)}"' for line in _LINE_ENDS.split(value)]
        return self.newline.join(['""', *lines] if len(lines) > 1 else lines)


def _escaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\{ord(match[0]):03o}"


def _encoded(text: str, encoding: Encoding) -> bytes:
    """In the declared charset if the text fits it, else in UTF-8, and declared so."""
    try:
        text.encode(encoding.codec)
    except UnicodeEncodeError:
        return _NAME.sub(r"\1UTF-8", text, count=1).encode("utf-8", "replace")
    if not text.isascii() and encoding.codec == "utf-8":
        text = _NAME.sub(lambda match: match[0].replace("=CHARSET", "=UTF-8"), text, count=1)
    return encoding.encode(text)


def _require_same_shape(source: str, translation: str) -> None:
    """The same entries, only with other translations. Raises `PermanentFault` (``shape_changed``)."""
    for number, (ours, theirs) in enumerate(zip_longest(entries(source), entries(translation)), start=1):
        if not (ours and theirs and list(_kept(ours)) == list(_kept(theirs))):
            name = (ours or theirs or Entry()).value("msgid")[:60]
            raise PermanentFault("shape_changed", f"entry {number} ({name!r}) would not be the source's")


def _kept(entry: Entry) -> Iterator[tuple[str, str]]:
    is_header = not entry.value("msgid")
    for keyword, place in entry.fields.items():
        yield keyword, place.value if is_header or not keyword.startswith("msgstr") else ""
