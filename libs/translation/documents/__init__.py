from libs.translation.documents.content import HEAD_BYTES, KNOWN_BY, Content, content_of
from libs.translation.documents.foreign import FOREIGN_EXTENSIONS, foreign_kind
from libs.translation.documents.registry import FORMAT_CHOICES, FORMAT_OPTIONS, FORMATS, format_of

__all__ = [
    "FOREIGN_EXTENSIONS",
    "FORMATS",
    "FORMAT_CHOICES",
    "FORMAT_OPTIONS",
    "HEAD_BYTES",
    "KNOWN_BY",
    "Content",
    "content_of",
    "foreign_kind",
    "format_of",
]
