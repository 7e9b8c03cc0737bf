"""Where a document is taken apart and put together again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from libs.translation.concurrency import aside
from libs.translation.documents.document import Document, Original
from libs.translation.segments import Segment
from libs.translation.workbench.member import COMMAND, Limits
from libs.translation.workbench.pool import Pool


class Work(Protocol):
    """A document on the bench."""

    segments: Sequence[Segment]

    async def render(self, translations: Sequence[Segment]) -> bytes:
        """As `Document.render`."""


class Bench:
    """Without a ``pool`` all of it happens in this process, in threads: for tests and files one knows."""

    def __init__(self, pool: Pool | None = None) -> None:
        self._pool = pool

    async def taken_apart(self, original: Original) -> Work:
        """Raises what `Pool.segments` does; so does `Work.render`."""
        size = len(original.data)
        if self._pool is None or size <= original.form.inline_bytes:
            return _Here(await aside(size, original.taken_apart), size)
        return _Elsewhere(self._pool, original, await self._pool.segments(original))


@asynccontextmanager
async def open_bench(
    processes: int, limits: Limits, command: Sequence[str] = COMMAND
) -> AsyncIterator[Bench]:
    """A bench with processes, none of which is started before there is a document for it."""
    pool = Pool(processes, limits, command)
    try:
        yield Bench(pool)
    finally:
        await pool.close()


class _Here:
    def __init__(self, document: Document, size: int) -> None:
        self._document, self._size = document, size
        self.segments = document.segments

    async def render(self, translations: Sequence[Segment]) -> bytes:
        return await aside(self._size, self._document.render, translations)


class _Elsewhere:
    """A member reads the document again to write it: so nothing has to be kept while the engine works, any
    member will do, and one that dies has lost nothing.
    """

    def __init__(self, pool: Pool, original: Original, segments: Sequence[Segment]) -> None:
        self._pool, self._original, self.segments = pool, original, segments

    async def render(self, translations: Sequence[Segment]) -> bytes:
        return await self._pool.rendered(self._original, translations)
