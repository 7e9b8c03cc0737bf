"""The chains of one direction. A dead or hung one is replaced and its segments are asked again."""

import asyncio
import subprocess

from libs.translation.engines.apertium.chain import Chain, ChainDied
from libs.translation.engines.apertium.modes import Mode
from libs.translation.errors import EngineUnavailable

#: A segment that lost this many chains is asked once more in quarantine, where it can take no other with it.
TRIES = 3


class Pool:
    """Chains start when needed, one at a time: a chain is a dozen processes, and a restart storm of them
    would take the machine's memory.
    """

    def __init__(self, mode: Mode, size: int, patience: float) -> None:
        self._mode, self._size, self._patience = mode, size, patience
        self._commands: list[list[str]] = []
        self._chains: list[Chain] = []
        self._starting = asyncio.Lock()
        self._quarantine: list[Chain] = []
        self._one_at_a_time = asyncio.Lock()
        self._closed = False
        self.users = 0
        self.used_at = 0.0

    async def ask(self, stream: str) -> str:
        """Raises `EngineUnavailable` when the segment lost every chain it was given to."""
        for _ in range(TRIES):
            chain = await self._chain(self._chains, self._size)
            try:
                return await chain.ask(stream)
            except ChainDied:
                continue
        async with self._one_at_a_time:
            chain = await self._chain(self._quarantine, 1)
            try:
                return await chain.ask(stream)
            except ChainDied as error:
                raise EngineUnavailable(f"Apertium mode {self._mode.path.stem}: {error}") from error

    async def rest(self) -> None:
        """End all chains; they start again when needed."""
        async with self._starting:
            for chains in (self._chains, self._quarantine):
                while chains:
                    await chains[-1].close()
                    chains.pop()

    async def close(self) -> None:
        """End all chains for good; segments in flight get `EngineUnavailable`."""
        self._closed = True
        await self.rest()

    async def _chain(self, chains: list[Chain], size: int) -> Chain:
        async with self._starting:
            for dead in [chain for chain in chains if not chain.alive]:
                await dead.close()
                chains.remove(dead)
            if self._closed:
                raise EngineUnavailable("the engine is closed")
            if len(chains) < size:
                chains.append(await self._start())
            return min(chains, key=lambda chain: chain.load)

    async def _start(self) -> Chain:
        try:
            self._commands = self._commands or await asyncio.to_thread(self._mode.commands)
            return await Chain.start(self._commands, patience=self._patience)
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineUnavailable(
                f"Apertium mode {self._mode.path.stem} does not start: {error}"
            ) from error
