"""Looking at a job until it has ended: cheap looks, and patience with an API that is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

from libs.client.errors import ClientError, Unavailable, Unreachable
from libs.client.records import Job

#: How long, in seconds, an API that does not answer is waited for: a restart or an update ends in that time.
PATIENCE = 300.0
#: The first looks come sooner than the API asks for, because small jobs end in a second or two.
_FIRST_PAUSE, _USUAL_PAUSE, _LONGEST_PAUSE = 0.3, 3.0, 60.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: a job of ``None`` is the one seen before; ``wish`` is the pause the API asks for."""

    job: Job | None
    tag: str | None
    wish: float | None


@dataclass(frozen=True, slots=True)
class Sight:
    """A job as it was last seen, and what kept us from seeing it now."""

    job: Job
    lost: ClientError | None = None


async def watch(look: Callable[[str | None], Awaitable[Seen]], patience: float) -> AsyncIterator[Sight]:
    """A sight for every look, changed or not, the last one of the ended job.

    Raises what keeps it from seeing the job for longer than ``patience`` seconds, or from the beginning.
    """
    job, tag = None, None
    last = time.monotonic()
    for pause in _pauses():
        wish: float | None = None
        try:
            seen = await look(tag)
        except (Unreachable, Unavailable) as error:
            if job is None or time.monotonic() - last > patience:
                raise
            yield Sight(job, error)
        else:
            last, tag, wish = time.monotonic(), seen.tag or tag, seen.wish
            job = seen.job or job
            if job is None:
                raise ClientError("the API says that a job is unchanged that was never seen")
            yield Sight(job)
            if job.has_ended:
                return
        await asyncio.sleep(min(pause, _LONGEST_PAUSE if wish is None else wish))


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(_USUAL_PAUSE, pause * 1.6)
