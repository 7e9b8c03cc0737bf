"""Texts and presentations of OpenDocument (https://docs.oasis-open.org/office/OpenDocument/v1.3/), with their
notes, comments, frames, headers and footers.
"""

import re
from collections.abc import Iterator

from libs.translation.documents.document import Document
from libs.translation.documents.office.office import document_of, opened
from libs.translation.documents.trees.coded import Flow
from libs.translation.documents.trees.mixed import Inline, MixedFlow
from libs.translation.documents.trees.tree import Element, Shape, local, words
from libs.translation.errors import PermanentFault

_PARTS = re.compile(r"(?:Object \d+/)?(?:content|styles)\.xml")
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAWN = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_FLOWS = (f"{_TEXT}p", f"{_TEXT}h", f"{_DRAWN}title", f"{_DRAWN}desc")
_PAIRS = frozenset({f"{_TEXT}span", f"{_TEXT}a", f"{_TEXT}meta"})
#: LibreOffice's character styles for what a program reads or says.
_CODE = frozenset({"Source_20_Text", "Teletype"})
_MANIFEST = "META-INF/manifest.xml"
_SHAPE = Shape(
    flows=frozenset({"p", "h", "title", "desc"}), fluid=frozenset({"span", "a", "meta"}), ignored=frozenset()
)


class OdtFormat:
    name = "odt"
    extensions = frozenset({".odt", ".ott", ".odp", ".otp"})
    content_type = "application/vnd.oasis.opendocument.text"
    memory_a_byte = 400
    inline_bytes = 0

    def parse(self, data: bytes, language: str) -> Document:  # noqa: ARG002 - it tells its encoding
        """`PermanentFault`: those of `Package` and of `trees.tree.parsed`, ``too_much_markup``."""
        package = opened(data, "content.xml")
        if _MANIFEST in package.names and b"encryption-data" in package.read(_MANIFEST):
            raise PermanentFault("encrypted", "the file is protected by a password")
        return document_of(data, package, [(_PARTS, _flows)], _SHAPE)


def _flows(root: Element) -> Iterator[Flow]:
    for element in root.iter(*_FLOWS):
        if next(element.iterancestors(f"{_TEXT}tracked-changes"), None) is None:  # what was deleted
            yield MixedFlow(element, _kind, repeat=_without_id)


def _kind(element: Element) -> Inline:
    if element.tag in _PAIRS:
        return Inline.NOUN if element.get(f"{_TEXT}style-name") in _CODE else Inline.PAIR
    is_field = bool(local(element)) and next(element.iter(*_FLOWS), None) is None and words(element).strip()
    return Inline.NOUN if is_field else Inline.ALONE


def _without_id(pair: Element) -> None:
    """The second half of a pair that was split."""
    for name in list(pair.attrib):
        if str(name).endswith("}id"):
            del pair.attrib[name]
