"""The processes that take documents apart: a few, each with one order at a time.

Each member has a socket of its own, so one that dies or is ended takes its own order with it and no other.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from libs.translation.documents.document import Original
from libs.translation.errors import DocumentLost, NoProcess, PermanentFault
from libs.translation.segments import Segment
from libs.translation.workbench.member import COMMAND, Limits, Member, MemberDied
from libs.translation.workbench.wire import TOO_COMPLEX, Overfull, Refusal, Refused

#: A member starts in a fifth of a second; no document is to blame where that takes longer.
_START_SECONDS = 60.0

_Result = TypeVar("_Result")


class FormatBroken(Exception):
    """A document format raised what it must not: a bug. Its trace is in the notes."""


class Pool:
    """At most ``processes`` members; each is started when there is work for it and no other is free."""

    def __init__(self, processes: int, limits: Limits, command: Sequence[str] = COMMAND) -> None:
        self._limits, self._command = limits, command
        self._turns = asyncio.Semaphore(processes)
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="documents")
        self._idle: list[Member] = []
        self._busy: set[Member] = set()
        self._closed = False

    async def segments(self, original: Original) -> list[Segment]:
        """Raises `PermanentFault` (the format's own, and ``too_complex``), `DocumentLost`, `NoProcess` and
        `FormatBroken`.

        When it is cancelled, the member is ended.
        """
        return await self._done(original, lambda member: member.segments(original))

    async def rendered(self, original: Original, translations: Sequence[Segment]) -> bytes:
        """The document with its translations; raises as `segments` does."""
        return await self._done(original, lambda member: member.rendered(original, translations))

    async def close(self) -> None:
        """End all members; calls that are still waiting raise `DocumentLost`. Safe to call twice."""
        self._closed = True
        for member in self._busy:
            member.kill()
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            await asyncio.to_thread(self._idle.pop().close)

    async def _done(self, original: Original, work: Callable[[Member], _Result]) -> _Result:
        what = f"a {original.form.name} file of {len(original.data)} bytes"
        async with self._turns, self._member() as member:
            try:
                if member.is_new:
                    await self._within(_START_SECONDS, member, Member.greeted)
                return await self._within(self._limits.seconds, member, work)
            except TimeoutError:
                said = f"{what} was not read or written within {self._limits.seconds:g} s"
                raise DocumentLost("document_timeout", said) from None
            except MemberDied as death:
                said = f"the process that had {what} {death}"
                raise DocumentLost("document_crashed", said) from death
            except Overfull:
                raise original.too_large_for(original.memory or 0, "MAX_BYTES_IN_FLIGHT") from None
            except Refused as answer:
                if answer.refusal.code == TOO_COMPLEX:
                    raise original.too_large_for(self._limits.memory, "DOCUMENT_MEMORY_BYTES") from None
                raise _error_of(answer.refusal) from None

    async def _within(self, seconds: float, member: Member, work: Callable[[Member], _Result]) -> _Result:
        """Raises TimeoutError, and what ``work`` does. When the time is up, or this is cancelled, the member
        is ended, and so is the thread that waits for it.
        """
        try:
            call = asyncio.get_running_loop().run_in_executor(self._threads, work, member)
        except RuntimeError as error:  # it could not start a thread, and keeps the order all the same
            member.kill()
            raise NoProcess(f"no thread for a process that reads documents: {error}") from error
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(call)
        finally:
            if not call.done():
                member.kill()
                await asyncio.wait([call])
                call.exception()  # it died, as told

    @asynccontextmanager
    async def _member(self) -> AsyncIterator[Member]:
        member = await self._free()
        self._busy.add(member)
        try:
            yield member
        finally:
            self._busy.remove(member)
            if member.alive or self._closed:
                self._idle.append(member)
            else:
                self._threads.submit(member.close)  # `close` waits for it

    async def _free(self) -> Member:
        """The one used last, for it is the warmest, unless it has died meanwhile."""
        while self._idle:
            member = self._idle.pop()
            if member.alive:
                return member
            await asyncio.to_thread(member.close)
        try:
            return Member(self._limits, self._command)
        except OSError as error:
            raise NoProcess(f"no process to read documents could be started: {error.strerror}") from error


def _error_of(refusal: Refusal) -> Exception:
    if refusal.code:
        return PermanentFault(refusal.code, refusal.message)
    error = FormatBroken(refusal.message)
    error.add_note(refusal.trace)
    return error
