"""What a dispatcher does beside its turns: round after round, until it is to stop."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.common.errors import AppError
from libs.common.runtime.process import wait_first

#: Takes one round.
Round = Callable[[], Awaitable[object]]

_log = structlog.get_logger(__name__)


async def keep_rounds(name: str, one_round: Round, pause: Callable[[], float], stop: asyncio.Event) -> None:
    """Take rounds with ``pause`` seconds between them until ``stop`` is set, which breaks off a round.

    Whatever a round raises is logged, and the next one is taken: the dispatcher and its other rounds go on.
    """
    while not stop.is_set():
        await _until(stop, name, one_round)
        await wait_first(stop, pause())


async def _until(stop: asyncio.Event, name: str, one_round: Round) -> None:
    taken = asyncio.create_task(_guarded(name, one_round), name=name)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({taken, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        taken.cancel()
        stopped.cancel()
        await asyncio.gather(taken, stopped, return_exceptions=True)


async def _guarded(name: str, one_round: Round) -> None:
    try:
        await one_round()
    except AppError as error:
        _log.warning(f"{name} ended early", error=str(error))
    except Exception:  # noqa: BLE001 - one bad row or one fault of ours must not end the dispatcher
        _log.exception(f"{name} failed")
