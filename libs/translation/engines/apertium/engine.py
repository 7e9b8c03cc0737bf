"""Apertium as an engine: a few directions live at a time, each with its chains."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from libs.translation.concurrency import each
from libs.translation.engines.apertium.case import with_first_letter_as_in
from libs.translation.engines.apertium.modes import Mode, installed
from libs.translation.engines.apertium.pool import Pool
from libs.translation.engines.apertium.stream import encode
from libs.translation.engines.apertium.ways import ways_of
from libs.translation.engines.engine import Direction, Limits, Translated, Wish
from libs.translation.engines.options import APERTIUM_MODES
from libs.translation.errors import EngineUnavailable, PermanentFault
from libs.translation.segments import Segment, has_letters, units

#: Of what this package does to a segment on its way; raise it when translations change by it.
_REVISION = 2


class ApertiumEngine:
    """``live_directions`` bounds memory: a chain takes 50-320 MB, and one unused for ``idle_seconds`` ends.

    ``chains`` is per direction; one chain of a dozen processes fills two to three cores. ``patience`` is
    the longest wait for one segment, in seconds. ``pivots`` are the languages to go through where no pair is
    installed, the preferred first; ValueError where one leads nowhere.
    """

    name = "apertium"
    limits = Limits(elements=200, units=20_000)
    detects = False
    option_names: frozenset[str] = frozenset()
    deterministic = True
    native_terms = False

    def __init__(
        self,
        modes: Path = APERTIUM_MODES,
        *,
        pivots: Sequence[str] = (),
        chains: int = 1,
        live_directions: int = 4,
        idle_seconds: float = 300.0,
        patience: float = 30.0,
    ) -> None:
        pairs = installed(modes)
        self._folder, self._ways = modes, ways_of(pairs, pivots)
        marks = sorted(mode.path.stem + mode.fingerprint() for mode in pairs.values())
        #: Of every installed pair together (some file stats each, about 0.5 ms a pair), and of the pivots: it
        #: changes whenever a way does.
        self.version = "-".join(
            [str(_REVISION), hashlib.sha256(" ".join(marks).encode()).hexdigest()[:12], *pivots]
        )
        self._chains = chains
        self._live_directions, self._idle_seconds, self._patience = live_directions, idle_seconds, patience
        self._pools: dict[Mode, Pool] = {}  # least recently used first
        self._admission = asyncio.Lock()
        self._released = asyncio.Event()
        self._janitor: asyncio.Task[None] | None = None
        self._closed = False

    def directions(self) -> frozenset[Direction]:
        return frozenset(self._ways)

    async def translate(self, segments: Sequence[Segment], wish: Wish) -> list[Translated]:
        source = wish.source or ""
        way = self._ways.get(Direction(source, wish.target))
        if way is None:
            raise PermanentFault("unsupported_direction", self._what_is_possible(source, wish.target))
        translations = list(segments)
        for mode in way:  # none is held while the next is waited for: requests cannot block each other
            async with self._live(mode) as pool:
                step = partial(_translated, pool)
                translations = await each(step, translations, at_once=len(translations))
        return [Translated(done, units(of)) for done, of in zip(translations, segments, strict=True)]

    async def close(self) -> None:
        self._closed = True
        if self._janitor is not None:
            self._janitor.cancel()
            await asyncio.gather(self._janitor, return_exceptions=True)
        for pool in list(self._pools.values()):
            await pool.close()

    @asynccontextmanager
    async def _live(self, mode: Mode) -> AsyncIterator[Pool]:
        pool = await self._admitted(mode)
        try:
            yield pool
        finally:
            pool.users -= 1
            pool.used_at = asyncio.get_running_loop().time()
            self._released.set()

    async def _admitted(self, mode: Mode) -> Pool:
        """The lock is fair: while one direction waits for its turn, those that came later wait behind it,
        so a busy direction cannot keep another out for ever.
        """
        async with self._admission:
            while mode not in self._pools and len(self._pools) >= self._live_directions:
                await self._close_one_unused()
            if self._closed:
                raise EngineUnavailable("the engine is closed")
            pool = self._pools.pop(mode, None) or Pool(mode, self._chains, self._patience)
            self._pools[mode] = pool
            pool.users += 1
            self._janitor = self._janitor or asyncio.create_task(self._close_idle())
            return pool

    async def _close_one_unused(self) -> None:
        self._released.clear()
        unused = next((mode for mode, pool in self._pools.items() if not pool.users), None)
        if unused is None:
            await self._released.wait()
        else:
            await self._pools[unused].rest()  # cancelled halfway it is still ours, and is rested again
            del self._pools[unused]

    async def _close_idle(self) -> None:
        while True:
            await asyncio.sleep(self._idle_seconds / 2)
            async with self._admission:
                since = asyncio.get_running_loop().time() - self._idle_seconds
                idle = [m for m, pool in self._pools.items() if not pool.users and pool.used_at <= since]
                for mode in idle:
                    await self._pools[mode].rest()
                    del self._pools[mode]

    def _what_is_possible(self, source: str, target: str) -> str:
        possible = ", ".join(sorted(f"{way.source}-{way.target}" for way in self._ways))
        known = f"possible are {possible}" if possible else f"no language pair is installed in {self._folder}"
        return f"Apertium cannot translate {source or 'an unknown language'} to {target} here; {known}"


async def _translated(pool: Pool, segment: Segment) -> Segment:
    encoded = encode(segment)
    if not encoded.stream or not has_letters(segment):
        return segment
    return with_first_letter_as_in(segment, encoded.decode(await pool.ask(encoded.stream)))
