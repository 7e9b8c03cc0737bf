"""A document taken apart and put together again, in the words of tests."""

from collections.abc import Callable

from libs.translation.documents.document import Document, DocumentFormat
from libs.translation.segments import Segment, text_of


def texts_of(document: Document) -> list[str]:
    return [text_of(segment) for segment in document.segments]


def texts(form: DocumentFormat, source: str) -> list[str]:
    return texts_of(form.parse(source.encode(), "en"))


def rendered(document: Document, how: Callable[[Segment], Segment]) -> bytes:
    return document.render([how(segment) for segment in document.segments])


def reworded(form: DocumentFormat, source: str, how: Callable[[Segment], Segment]) -> str:
    return rendered(form.parse(source.encode(), "en"), how).decode()
