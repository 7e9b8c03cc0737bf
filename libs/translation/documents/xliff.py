"""XLIFF 1.0 to 1.2 (https://docs.oasis-open.org/xliff/v1.2/os/xliff-core.html) and 2.0 to 2.2
(https://docs.oasis-open.org/xliff/xliff-core/v2.1/). The target of each unit is made from its source, where
there is none yet; translations that people made stay, and so does all else, character for character.
"""

import codecs
from collections.abc import Iterator, Mapping, Sequence

from libs.translation.documents.document import Document, require_codes
from libs.translation.documents.markup import Spot
from libs.translation.documents.markup_document import Splice
from libs.translation.documents.trees.document import MOST_FLOWS
from libs.translation.documents.trees.places import PlacedXml
from libs.translation.documents.trees.tree import Shape, local, parsed
from libs.translation.documents.xliff_units import Unit, units
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment

_VERSIONS = frozenset({"1.0", "1.1", "1.2", "2.0", "2.1", "2.2"})
_SHAPE = Shape(flows=frozenset({"source"}), fluid=frozenset(), ignored=frozenset({"target"}))
_PLACE = "the file"
#: What tells UTF-16 and UTF-8 before any declaration does (https://www.w3.org/TR/xml/, F).
_CODECS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class XliffFormat:
    """With ``target_language`` among the options, that is written into the file."""

    name = "xliff"
    extensions = frozenset({".xlf", ".xliff"})
    content_type = "application/xliff+xml"
    memory_a_byte = 120
    inline_bytes = 0
    options: Mapping[str, str] = {}

    def parse(self, data: bytes, language: str, options: Mapping[str, str] | None = None) -> Document:  # noqa: ARG002 - the file tells
        """`PermanentFault`: ``malformed``, ``wrong_content``, ``xml_entities``, ``too_deep``,
        ``undecodable``, ``too_much_markup``.
        """
        root = parsed(data, _PLACE, may_have_doctype=True)
        if local(root) != "xliff" or root.get("version") not in _VERSIONS:
            raise PermanentFault("wrong_content", "the file is not XLIFF of a version from 1.0 to 2.2")
        codec = _codec(data, root.getroottree().docinfo.encoding or "utf-8")
        del root
        return _XliffDocument(data, codec, (options or {}).get("target_language", ""))


def _codec(data: bytes, declared: str) -> str:
    """Raises `PermanentFault` (``undecodable``) where Python would not give the same bytes again."""
    codec = next((codec for mark, codec in _CODECS if data.startswith(mark)), declared)
    try:
        if data.decode(codec).encode(codec) == data:
            return codec
    except (LookupError, UnicodeError):
        pass
    raise PermanentFault("undecodable", f"{_PLACE} is in an encoding that is not known here: {codec}")


class _XliffDocument:
    def __init__(self, data: bytes, codec: str, language: str) -> None:
        self._data, self._codec, self._language = data, codec, language
        self._xml = PlacedXml(data.decode(codec))
        self._units = list(self._found())
        self.segments: Sequence[Segment] = [s for _, spot in self._units for s in spot.segments]

    def _found(self) -> Iterator[tuple[Unit, Spot]]:
        for number, unit in enumerate(units(self._xml)):
            if number == MOST_FLOWS:
                raise PermanentFault("too_much_markup", f"{_PLACE} has more than {MOST_FLOWS} texts")
            if spot := unit.coded().spot():
                yield unit, spot

    def render(self, translations: Sequence[Segment]) -> bytes:
        """Raises `PermanentFault`: ``codes_lost``, ``shape_changed``."""
        require_codes(self.segments, translations)
        remaining = iter(translations)
        edits: dict[tuple[int, int], str] = {}
        for unit, spot in self._units:
            new = [next(remaining) for _ in spot.segments]
            if new != list(spot.segments):
                coded = unit.coded().text
                coded = Splice(coded, [spot], [new]).between(0, len(coded))
                edits |= {(start, end): text for start, end, text in unit.edits(coded, self._language)}
        return self._edited(edits) if edits else self._data

    def _edited(self, edits: Mapping[tuple[int, int], str]) -> bytes:
        data = "".join(self._pieces(edits)).encode(self._codec, "xmlcharrefreplace")
        shape = _SHAPE.of(parsed(self._data, _PLACE, may_have_doctype=True))
        _SHAPE.require_same(shape, parsed(data, _PLACE, may_have_doctype=True), _PLACE)
        return data

    def _pieces(self, edits: Mapping[tuple[int, int], str]) -> Iterator[str]:
        done = 0
        for (start, end), new in sorted(edits.items()):
            yield self._xml.text[done:start]
            yield new
            done = end
        yield self._xml.text[done:]
