"""Whether the event loop comes round in time: what holds it up holds up every lease of the process."""

import asyncio

from libs.telemetry.catalogue import LOOP_LAG

#: Between two looks (seconds).
_EVERY = 1.0


async def watch_lag() -> None:
    """Ask to be woken once a second, and record how much later it was. Runs until it is cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _EVERY
        await asyncio.sleep(_EVERY)
        LOOP_LAG.record(max(0.0, loop.time() - due))
