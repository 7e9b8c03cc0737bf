"""The emulator of Azure AI Translator as a part of the stack."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from deploy.local.emulators.azure_translator.__main__ import READY
from deploy.local.ports import LOOPBACK
from deploy.local.processes import Line, Process, child_environment

#: Name of the engine for `make up`, where it stands for the engine azure on the emulator.
ENGINE = "azure-emulated"
#: Any is accepted.
_KEY = "emulated"
#: What a request takes, in milliseconds: "Service limits" says 150 to 300 for short texts.
_LATENCY_MS = 150
_TIER = "S1"
_START_SECONDS = 30.0
_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Translator:
    url: str
    process: Process

    @property
    def settings(self) -> Mapping[str, str]:
        """For the services."""
        return {
            "TRANSLATION_ENGINE": "azure",
            "AZURE_TRANSLATOR_ENDPOINT": self.url,
            "AZURE_TRANSLATOR_KEY": _KEY,
        }


@asynccontextmanager
async def emulated_translator(on_line: Line | None = None) -> AsyncIterator[Translator]:
    """Listening on a free port. Raises ProcessDied or NotReady when it does not come up."""
    module = "deploy.local.emulators.azure_translator"
    argv = [sys.executable, "-m", module, "--tier", _TIER, "--latency-ms", str(_LATENCY_MS)]
    process = Process("translator", argv, env=child_environment({}), on_line=on_line)
    try:
        await process.start()
        line = await process.wait_for_line(READY, _START_SECONDS)
        port = line.partition(f"http://{LOOPBACK}:")[2].partition(":")[0]
        yield Translator(f"http://{LOOPBACK}:{port}", process)
    finally:
        await process.stop(_STOP_SECONDS)
