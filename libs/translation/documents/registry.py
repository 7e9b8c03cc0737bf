"""The document formats. A new one is a module and one line here."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from libs.translation.documents.csv import CsvFormat, TsvFormat
from libs.translation.documents.document import DocumentFormat, ToldFormat
from libs.translation.documents.html import HtmlFormat
from libs.translation.documents.json import JsonFormat
from libs.translation.documents.markdown import MarkdownFormat
from libs.translation.documents.office.docx import DocxFormat
from libs.translation.documents.office.odt import OdtFormat
from libs.translation.documents.office.pptx import PptxFormat
from libs.translation.documents.office.xlsx import XlsxFormat
from libs.translation.documents.po import PoFormat
from libs.translation.documents.subtitles import SubRipFormat, WebVttFormat
from libs.translation.documents.txt import TextFormat
from libs.translation.documents.xliff import XliffFormat

FORMATS: tuple[DocumentFormat, ...] = (
    TextFormat(),
    HtmlFormat(),
    MarkdownFormat(),
    JsonFormat(),
    CsvFormat(),
    TsvFormat(),
    SubRipFormat(),
    WebVttFormat(),
    PoFormat(),
    XliffFormat(),
    DocxFormat(),
    PptxFormat(),
    XlsxFormat(),
    OdtFormat(),
)

#: What a job's options may tell the formats, by name, each with what it means.
FORMAT_OPTIONS: Mapping[str, str] = {
    name: meaning
    for form in FORMATS
    if isinstance(form, ToldFormat)
    for name, meaning in form.options.items()
}

#: All that some of these options may say; the others take any text.
FORMAT_CHOICES: Mapping[str, tuple[str, ...]] = CsvFormat.choices

_BY_EXTENSION = {extension: form for form in FORMATS for extension in form.extensions}


def format_of(name: str) -> DocumentFormat | None:
    """The format of a file or blob name, by its extension in any case; None when there is none for it."""
    return _BY_EXTENSION.get(PurePosixPath(name).suffix.lower())
