"""A dispatcher stops within ten seconds, and goes on whatever a round of it meets."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.deployment import Deployment
from libs.common.errors import StorageUnavailable
from libs.common.settings import DispatcherSettings
from libs.common.storage.queues import WorkQueue
from services.dispatcher.resources import Service, open_dispatcher
from services.dispatcher.rounds import keep_rounds
from tests.conftest import Explicit
from tests.receiver import SECRET

_MOST_SECONDS = 10.0


async def stopped_after(run: Callable[[asyncio.Event], Awaitable[None]], begun: asyncio.Event) -> float:
    """Seconds from the signal to the end of ``run``, once ``begun`` is set."""
    stop = asyncio.Event()
    running = asyncio.ensure_future(run(stop))
    async with asyncio.timeout(30):
        await begun.wait()
    since = time.monotonic()
    stop.set()
    await running
    return time.monotonic() - since


@pytest.mark.parametrize(
    "hangs",
    [
        "services.dispatcher.retention.delete_old",
        "services.dispatcher.sweep.Sweep.sweep",
        "services.dispatcher.notifier.NotifySweep.sweep",
        "services.dispatcher.census._count_messages",
        "services.dispatcher.dispatcher.take_turn",
        "services.dispatcher.notifier.notify",
        "libs.common.storage.queues.WorkQueue.receive",
    ],
)
async def test_a_dispatcher_stops_in_time_whatever_it_does(
    explicit: Explicit, deployment: Deployment, monkeypatch: pytest.MonkeyPatch, hangs: str
) -> None:
    begun = asyncio.Event()

    async def hang(*_arguments: Any, **_options: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(hangs, hang)
    await deployment.dispatch_queue.send('{"job_id":"0123456789ab-0123456789"}')
    await deployment.notify_queue.send('{"job_id":"0123456789ab-0123456789","retries":0}')
    settings = explicit(
        DispatcherSettings, job_retention_days=1, notify_allowed_hosts=("*",), notify_secret=SecretStr(SECRET)
    )
    async with open_dispatcher(settings) as (dispatcher, _):
        assert await stopped_after(dispatcher.run, begun) < _MOST_SECONDS


async def test_a_dispatcher_that_is_broken_off_leaves_no_turn_under_way(
    explicit: Explicit, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(*_arguments: Any) -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr("services.dispatcher.dispatcher.take_turn", hang)
    await deployment.dispatch_queue.send('{"job_id":"0123456789ab-0123456789"}')
    async with open_dispatcher(explicit(DispatcherSettings)) as (dispatcher, _):
        running = asyncio.create_task(dispatcher.run(asyncio.Event()))
        async with asyncio.timeout(30):
            await begun.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert ended.is_set()


async def test_a_dispatcher_that_storage_does_not_answer_takes_no_message_for_late(
    explicit: Explicit, monkeypatch: pytest.MonkeyPatch
) -> None:
    noticed, fired = asyncio.Event(), 0

    async def away(*_arguments: Any, **_options: Any) -> Any:
        nonlocal fired
        fired += 1
        raise StorageUnavailable("injected: no answer")

    monkeypatch.setattr("libs.common.storage.queues.WorkQueue.receive", away)
    monkeypatch.setattr("services.dispatcher.line.Line.could_not_ask", lambda _line: noticed.set())
    async with open_dispatcher(explicit(DispatcherSettings)) as (dispatcher, _):
        await stopped_after(dispatcher.run, noticed)
    print(f"{fired} faults fired")
    assert fired


async def test_what_does_not_end_by_itself_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dispatcher.resources._STOP_SECONDS", 0.1)
    begun = asyncio.Event()

    async def deaf(_stop: asyncio.Event) -> None:
        begun.set()
        await asyncio.Event().wait()

    class Deaf:
        run = staticmethod(deaf)

    assert await stopped_after(Service(Deaf(), deaf).run, begun) < _MOST_SECONDS  # type: ignore[arg-type]


async def test_a_round_that_breaks_ends_neither_the_rounds_nor_the_dispatcher() -> None:
    stop, rounds = asyncio.Event(), 0

    async def one_round() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            stop.set()
        raise ValueError("'paused' is not a valid JobStatus")

    async with asyncio.timeout(30):
        await keep_rounds("test", one_round, lambda: 0.0, stop)
    assert rounds == 3


@pytest.mark.usefixtures("deployment")
async def test_an_answer_that_cannot_be_read_does_not_end_the_dispatcher(
    explicit: Explicit, monkeypatch: pytest.MonkeyPatch
) -> None:
    received, second = 0, asyncio.Event()
    real = WorkQueue.receive

    async def broken_once(queue: WorkQueue, limit: int, visibility: int) -> Any:
        nonlocal received
        received += 1
        if received == 1:
            raise ValueError("no such date")
        second.set()
        return await real(queue, limit, visibility)

    monkeypatch.setattr(WorkQueue, "receive", broken_once)
    async with open_dispatcher(explicit(DispatcherSettings)) as (dispatcher, _):
        assert await stopped_after(dispatcher.run, second) < _MOST_SECONDS
