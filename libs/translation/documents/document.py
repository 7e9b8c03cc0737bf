"""What a document format is: bytes come apart into segments, and translations go back in their places."""

from collections.abc import Sequence
from typing import Protocol

from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, lost_codes


class Document(Protocol):
    """A document taken apart."""

    segments: Sequence[Segment]

    def render(self, translations: Sequence[Segment]) -> bytes:
        """The document with ``translations[i]`` in the place of ``segments[i]``; all else byte for byte.

        Raises `PermanentFault` (``codes_lost``) when a translation lost or invented a code.
        """


class DocumentFormat(Protocol):
    """Knows one kind of file. Parsing and rendering are pure and may be slow: run them off the event loop."""

    name: str
    extensions: frozenset[str]
    content_type: str
    #: Memory that translating a document takes at its peak, in bytes for each byte of it; measured.
    memory_a_byte: int

    def parse(self, data: bytes, language: str) -> Document:
        """``language`` is what the document is in, a hint where its bytes leave a choice (legacy encodings).

        Raises `PermanentFault` (``undecodable`` …) when the bytes are no such document.
        """


def require_codes(segments: Sequence[Segment], translations: Sequence[Segment]) -> None:
    """What every `Document.render` asks first. Raises `PermanentFault` (``codes_lost``)."""
    for number, (segment, translation) in enumerate(zip(segments, translations, strict=True), start=1):
        if segment != translation and (faults := lost_codes(segment, translation)):
            raise PermanentFault("codes_lost", f"segment {number}: {'; '.join(faults)}")
