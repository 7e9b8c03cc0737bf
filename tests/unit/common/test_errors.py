"""Errors leave nothing of what they went through."""

import asyncio
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


async def test_a_task_that_is_still_at_work_over_the_same_error_goes_on() -> None:
    shared, may_end = ValueError("refused, all of them"), asyncio.Event()

    async def meet() -> str:
        try:
            raise shared
        except ValueError:
            await may_end.wait()
            return "ended"

    at_work = asyncio.create_task(meet())
    await asyncio.sleep(0)
    try:
        raise shared
    except ValueError:
        forget_frames(shared)
    may_end.set()
    assert await at_work == "ended"
