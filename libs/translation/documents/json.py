"""JSON, as programs keep their strings in: values are translated, keys never. What is not a translated
string stays as it was, byte for byte.

``messages.json`` of browser extensions, ARB files and i18next's plural keys are read as what they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from libs.translation.documents.document import SMALL_BYTES, Document
from libs.translation.documents.encoding import decode
from libs.translation.documents.json_strings import (
    JsonWriter,
    escapes_all,
    loaded,
    read,
    require_same_shape,
    strings,
)
from libs.translation.documents.markup import Spot
from libs.translation.documents.strings.message import is_read, message_spots
from libs.translation.documents.strings.slots import Slot, SlotDocument, bounded


class JsonFormat:
    name = "json"
    extensions = frozenset({".json", ".arb"})
    content_type = "application/json"
    memory_a_byte = 100
    inline_bytes = SMALL_BYTES
    options: Mapping[str, str] = {
        "json_paths": "which values are translated: patterns of dotted paths, with commas between "
        "(*.title, pages.*); one that begins with ! excludes; without it, every value that people read",
    }

    def parse(self, data: bytes, language: str, options: Mapping[str, str] | None = None) -> Document:
        """Raises `PermanentFault`: ``undecodable``, ``malformed``, ``too_deep``, ``too_much_markup``."""
        text, encoding = decode(data, language)
        paths = _Paths.of((options or {}).get("json_paths", ""))
        return SlotDocument(
            data,
            text,
            bounded(_slots(text, paths)),
            encode=encoding.encode,
            check=lambda new: require_same_shape(text, new),
        )


@dataclass(frozen=True, slots=True)
class _Paths:
    wanted: tuple[str, ...]
    excluded: tuple[str, ...]

    @classmethod
    def of(cls, option: str) -> "_Paths":
        patterns = [pattern.strip() for pattern in option.split(",") if pattern.strip()]
        excluded = tuple(pattern[1:] for pattern in patterns if pattern.startswith("!"))
        return cls(tuple(pattern for pattern in patterns if not pattern.startswith("!")), excluded)

    def include(self, path: str, value: str) -> bool:
        if any(fnmatchcase(path, pattern) for pattern in self.excluded):
            return False
        if self.wanted:
            return any(fnmatchcase(path, pattern) for pattern in self.wanted)
        return is_read(value, in_program=True)


def _slots(text: str, paths: _Paths) -> Iterator[Slot]:
    known: dict[str, list[Spot]] = {}
    ascii_only = escapes_all(text)
    is_extension = _is_extension(loaded(text))
    for string in strings(text):
        raw = text[string.start : string.end]
        value = read(raw)
        if not paths.wanted and _is_beside_text(string.path, is_extension=is_extension):
            continue
        if paths.include(".".join(string.path), value):
            if value not in known:
                known[value] = message_spots(value)
            yield Slot(string.start, string.end, value, known[value], JsonWriter(raw, ascii_only))


def _is_extension(resources: object) -> bool:
    """Messages of a browser extension: each an object with its text as ``message``."""
    return (
        isinstance(resources, dict)
        and bool(resources)
        and all(isinstance(entry, dict) and "message" in entry for entry in resources.values())
    )


def _is_beside_text(path: tuple[str, ...], *, is_extension: bool) -> bool:
    """``$schema``, ``@@locale``, and what describes a text for translators."""
    return any(name.startswith(("$", "@")) for name in path) or (is_extension and path[1:] != ("message",))
