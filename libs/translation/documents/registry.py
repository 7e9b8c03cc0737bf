"""The document formats. A new one is a module and one line here."""

from pathlib import PurePosixPath

from libs.translation.documents.document import DocumentFormat
from libs.translation.documents.html import HtmlFormat
from libs.translation.documents.markdown import MarkdownFormat
from libs.translation.documents.txt import TextFormat

FORMATS: tuple[DocumentFormat, ...] = (TextFormat(), HtmlFormat(), MarkdownFormat())

_BY_EXTENSION = {extension: form for form in FORMATS for extension in form.extensions}


def format_of(name: str) -> DocumentFormat | None:
    """The format of a file or blob name, by its extension in any case; None when there is none for it."""
    return _BY_EXTENSION.get(PurePosixPath(name).suffix.lower())
