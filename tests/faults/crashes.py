"""Processes of this loop that die at a chosen storage call, as kill -9 would end them.

A process is a set of tasks that share a context variable, those they start included. Each of its storage
calls passes through `InProcess.send`, at the transport, below the SDKs' own retries. At the chosen call the
process dies: from then on no call of it reaches storage, and all its tasks are cancelled.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import AioHttpTransport

from deploy.local.azurite import Ports
from tests.faults.operations import SERVICES, operation
from tests.patience import patient

PROCESS: ContextVar["InProcess | None"] = ContextVar("process", default=None)
#: All tasks of a dead process end within this time (seconds); none waits for storage any more.
_BURIAL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Point:
    """A moment to die: before or after the ``number``-th call of this name is carried out."""

    call: str
    number: int
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.call} {self.number + 1}"


@dataclass(eq=False)
class InProcess:
    """Tasks that live and die together. ``own`` is what the storage names of the run have in common."""

    own: str
    ports: Ports
    point: Point | None = None
    calls: Counter[str] = field(default_factory=Counter)
    died: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set["asyncio.Task[Any]"] = field(default_factory=set)

    def run(self, main: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start ``main`` as a part of this process."""
        context = copy_context()
        context.run(PROCESS.set, self)
        return context.run(asyncio.create_task, main)

    async def kill(self) -> None:
        """End every task of the process, at whatever it is."""
        self.died.set()
        async with asyncio.timeout(patient(_BURIAL_SECONDS)):
            while living := set(self.tasks):
                for task in living:
                    task.cancel()
                await asyncio.wait(living, timeout=0.2)

    async def send(self, transport: AioHttpTransport, request: Any, options: dict[str, Any]) -> Any:
        if self.died.is_set():
            raise ServiceRequestError("the process is gone")
        call = self._name(request)
        if call.startswith("queue receive"):
            answer = await _send(transport, request, **options)
            # A look into an empty queue is no event: only those that bring messages are counted.
            if b"<QueueMessage>" in answer.body():
                self._strike(call, self._number(call), after=True)
            return answer
        number = self._number(call)
        self._strike(call, number, after=False)
        answer = await _send(transport, request, **options)
        self._strike(call, number, after=True)
        return answer

    def _number(self, call: str) -> int:
        self.calls[call] += 1
        return self.calls[call] - 1

    def _strike(self, call: str, number: int, *, after: bool) -> None:
        if self.point == Point(call, number, after):
            self.died.set()
            raise ServiceRequestError("the process is gone")

    def _name(self, request: Any) -> str:
        """The operation and which of the run's queues, tables or containers it is about."""
        service = next(name for name in SERVICES if f":{getattr(self.ports, name)}/" in request.url)
        said = operation(
            service, request.method, request.url.partition(f":{getattr(self.ports, service)}")[2]
        )
        text = request.url
        if said == "table batch":
            body = request.data or b""
            text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        about = re.search(rf"(files|jobs|dispatch|notify|source)-?{self.own}(-dlq|-out)?", text)
        return f"{said} {about[1]}{about[2] or ''}" if about else said


_send = AioHttpTransport.send


async def unseen(work: Coroutine[Any, Any, None]) -> None:
    """Do a test's own work from within a process: its calls are none of the process's."""
    context = copy_context()
    context.run(PROCESS.set, None)
    await asyncio.create_task(work, context=context)


@contextmanager
def mortal_processes() -> Iterator[None]:
    """Make processes work in this loop: their tasks are known, and their storage calls pass through them."""
    loop = asyncio.get_running_loop()

    async def send(transport: AioHttpTransport, request: Any, **options: Any) -> Any:
        process = PROCESS.get()
        if process is None:
            return await _send(transport, request, **options)
        return await process.send(transport, request, options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AioHttpTransport, "send", send)
        loop.set_task_factory(_known_task)
        try:
            yield
        finally:
            loop.set_task_factory(None)


def _known_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
    task = asyncio.Task(coroutine, loop=loop, **options)
    given = options.get("context")
    process = PROCESS.get() if given is None else given.get(PROCESS)
    if process is not None:
        process.tasks.add(task)
        task.add_done_callback(process.tasks.discard)
        task.add_done_callback(_seen)
    return task


def _seen(task: "asyncio.Task[Any]") -> None:
    """The dying have much to complain of; whoever awaits a task hears it all the same."""
    if not task.cancelled():
        task.exception()
