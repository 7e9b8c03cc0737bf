"""What a document format is: bytes come apart into segments, and translations go back in their places."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment, lost_codes

#: Up to here another process costs more than it spares, in every format of text.
SMALL_BYTES = 4 * 1024


class Document(Protocol):
    """A document taken apart."""

    segments: Sequence[Segment]

    def render(self, translations: Sequence[Segment]) -> bytes:
        """The document with ``translations[i]`` in the place of ``segments[i]``; all else byte for byte.

        Raises `PermanentFault` (``codes_lost``) when a translation lost or invented a code.
        """


class DocumentFormat(Protocol):
    """Knows one kind of file. Parsing and rendering are pure, and may be slow: `libs.translation.workbench`
    runs them.
    """

    name: str
    extensions: frozenset[str]
    content_type: str
    #: Memory that translating a document takes at its peak, in bytes for each byte of it; measured.
    memory_a_byte: int
    #: Documents of up to so many bytes are taken apart on the spot: that is plain Python, and its time grows
    #: with them and no faster. What goes through archives or native code has 0: it never is.
    inline_bytes: int

    def parse(self, data: bytes, language: str) -> Document:
        """``language`` is what the document is in, a hint where its bytes leave a choice (legacy encodings).

        Raises `PermanentFault` (``undecodable`` …) when the bytes are no such document.
        """


class Part(Document, Protocol):
    """A part of a large document that is translated by itself; ``size`` in characters."""

    size: int


class Division(Protocol):
    """A large document in parts: whoever keeps only one of them needs little more memory than its bytes."""

    def parts(self) -> Iterator[Part]:
        """In order. Each step takes a part apart, and may be slow."""

    def joined(self, parts: Sequence[bytes]) -> bytes:
        """The document, of what all its parts were rendered to, in order."""


@runtime_checkable
class DividingFormat(DocumentFormat, Protocol):
    """A format that can take a document apart in parts: plain Python, in time that grows with the document
    and no faster, for it is done in threads of the process itself.
    """

    def divide(self, data: bytes, language: str) -> Division:
        """Raises as `parse` does."""


@runtime_checkable
class ToldFormat(DocumentFormat, Protocol):
    """A format that a job's options tell more. Besides its own, ``target_language`` may be among them."""

    #: Its own options, each with what it means.
    options: Mapping[str, str]

    def parse(self, data: bytes, language: str, options: Mapping[str, str] | None = None) -> Document:
        """Raises as every `DocumentFormat.parse` does, and ``unknown_column`` and the like for an option."""


@dataclass(frozen=True, slots=True)
class Original:
    """A document as it came, with what its format is told about it.

    ``memory``: bytes that the document may take in the process that has it, its texts and its translation
    included; None: there is no bound.
    """

    form: DocumentFormat
    data: bytes
    language: str
    options: Mapping[str, str]
    memory: int | None = None

    @property
    def wanted(self) -> int:
        """Memory that the document takes by the measure of its format, in bytes."""
        return len(self.data) * self.form.memory_a_byte

    def too_large_for(self, memory: int, setting: str) -> PermanentFault:
        """Why the document fails where ``setting`` gives it ``memory`` bytes and it takes more."""
        size, mib = len(self.data), 1024 * 1024
        return PermanentFault(
            "too_complex",
            f"a {self.form.name} file of {size} bytes wants about {max(1, self.wanted // mib)} MiB of memory "
            f"({self.form.memory_a_byte} bytes for each of its own), and needed more than the "
            f"{memory // mib} MiB that it may have ({setting})",
        )

    def taken_apart(self) -> Document:
        """Read as the job's options say where the format has any. Raises as `parse` does."""
        if isinstance(self.form, ToldFormat):
            return self.form.parse(self.data, self.language, self.options)
        return self.form.parse(self.data, self.language)


def require_codes(segments: Sequence[Segment], translations: Sequence[Segment]) -> None:
    """What every `Document.render` asks first. Raises `PermanentFault` (``codes_lost``)."""
    for number, (segment, translation) in enumerate(zip(segments, translations, strict=True), start=1):
        if segment != translation and (faults := lost_codes(segment, translation)):
            raise PermanentFault("codes_lost", f"segment {number}: {'; '.join(faults)}")
