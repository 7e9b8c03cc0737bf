"""The life of a process: run until a signal, then stop in order. Exit code 0 when asked, 1 when broken."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine

import structlog

from libs.common.errors import ConfigurationFault, StorageRejected, StorageUnavailable

Main = Callable[[asyncio.Event], Awaitable[None]]

#: Objects made and not yet freed, upon which the garbage collector looks at the youngest. With Python's own
#: 700 that took 8 % of a worker's CPU, a few times for each small file; now 3.5 %, and 3 MB more memory.
_YOUNG_OBJECTS = 10_000

_log = structlog.get_logger(__name__)


def run_until_stopped(main: Main) -> None:
    """Run ``main`` with an event that SIGTERM or SIGINT sets; a second signal ends the process at once."""
    collect_less_often()
    try:
        asyncio.run(_run(main))
    except Exception as error:
        fault = _only(error)
        if isinstance(fault, ConfigurationFault):
            sys.exit(f"cannot start: {fault}")
        if isinstance(fault, StorageUnavailable | StorageRejected):
            sys.exit(f"cannot go on: storage says {fault}")
        raise


def collect_less_often() -> None:
    """Leave what is there now, the modules above all, out of garbage collections, and have fewer of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS)


def _only(error: BaseException) -> BaseException:
    """The one error inside the groups that task groups make of it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


async def _run(main: Main) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def on_signal() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    try:
        await main(stop)
    except asyncio.CancelledError:
        _log.warning("stopped at once by a second signal")


async def done_before(stop: asyncio.Event, work: Coroutine[None, None, None]) -> bool:
    """Do ``work``, unless ``stop`` is set first: then it is cancelled, and the answer is False."""
    doing, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            _log.info("stopped before storage answered")
            return False
        doing.result()
        return True
    finally:
        for task in (doing, stopped):
            task.cancel()
        await asyncio.gather(doing, stopped, return_exceptions=True)


async def wait_first(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for ``event``, ``seconds`` at most (None: for ever); True when it is set."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
