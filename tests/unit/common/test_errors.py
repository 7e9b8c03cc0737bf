"""Errors leave nothing of what they went through."""

import gc

from libs.common.errors import forget_frames


class Document:
    """Something large that was at work."""


def parse(_document: Document) -> None:
    raise ValueError("unreadable")


def read(document: Document) -> None:
    try:
        parse(document)
    except ValueError as error:
        several = ExceptionGroup("several", [error])  # which now holds itself, as asks and task groups do
        raise several from None


def test_a_document_is_gone_with_its_error_and_needs_no_garbage_collection() -> None:
    gc.collect()
    gc.disable()
    try:
        try:
            read(Document())
        except ExceptionGroup as error:
            forget_frames(error)
        assert not [one for one in gc.get_objects() if isinstance(one, Document)]
    finally:
        gc.enable()
