"""What a process that translates needs of memory, and how its settings shrink where a container has less."""

from dataclasses import dataclass, replace
from typing import TypeVar

from libs.common.errors import ConfigurationFault
from libs.common.settings.translation import TranslationSettings

MIB = 1024 * 1024
#: The process itself: its modules, clients and caches, without documents. Measured: 100 MiB before the first
#: file, 115 after a thousand.
OWN = 128 * MIB
#: One direction of Apertium: a chain takes 50 to 320 MB. Other engines run elsewhere.
APERTIUM_CHAIN = 320 * MIB
#: What an API sets aside for the samples of an estimate, where it translates nothing itself.
SAMPLES = 64 * MIB
#: What a shrunk process has at least: for the engine, for the documents in hand, and for each process that
#: reads one.
_LEAST_ENGINE, _LEAST_FILES, _LEAST_DOCUMENT = 64 * MIB, 32 * MIB, 64 * MIB


_Settings = TypeVar("_Settings", bound=TranslationSettings)


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """The most memory that each part of a process and its children takes, in bytes."""

    own: int
    #: Documents in hand in the process itself (MAX_BYTES_IN_FLIGHT).
    files: int
    #: Processes that read documents, and what each may take (DOCUMENT_MEMORY_BYTES).
    processes: int
    document: int
    engine: int

    @property
    def total(self) -> int:
        return self.own + self.files + self.processes * self.document + self.engine

    def __str__(self) -> str:
        parts = {
            "itself": self.own,
            "documents in hand": self.files,
            f"{self.processes} document processes": self.processes * self.document,
            "engine": self.engine,
        }
        said = ", ".join(f"{size // MIB} for {part}" for part, size in parts.items() if size)
        return f"{self.total // MIB} MiB ({said})"


def memory_need(settings: TranslationSettings) -> MemoryNeed:
    """What the settings allow a process and its children to take."""
    chains = settings.apertium_chains if settings.translates and "apertium" in settings.engines else 0
    return MemoryNeed(
        own=OWN,
        files=settings.max_bytes_in_flight if settings.translates else SAMPLES,
        processes=settings.document_processes,
        document=settings.document_memory_bytes,
        engine=chains * APERTIUM_CHAIN,
    )


def fitted(settings: _Settings, limit: int | None) -> tuple[_Settings, str | None]:
    """The settings, with DOCUMENT_MEMORY_BYTES, MAX_BYTES_IN_FLIGHT and, last, DOCUMENT_PROCESSES lowered
    until a container of ``limit`` bytes holds them; and a line that says so, None where nothing changed.

    Raises `ConfigurationFault` when even the least does not fit.
    """
    need = memory_need(settings)
    if limit is None or need.total <= limit:
        return settings, None
    least = _least(need, 1)
    for processes in range(need.processes, 0, -1):
        if (shrunk := _shrunk(need, processes, limit)) is not None:
            values = {"document_memory_bytes": shrunk.document, "document_processes": processes}
            if settings.translates:
                values["max_bytes_in_flight"] = shrunk.files
            line = (
                f"the container has {limit // MIB} MiB of memory and the settings ask for {need}: lowered to"
            )
            return settings.model_copy(update=values), f"{line} {shrunk}"
    raise ConfigurationFault(
        f"the container has {limit // MIB} MiB of memory, and this process needs at least {least}; "
        "raise the limit"
    )


def _shrunk(need: MemoryNeed, processes: int, limit: int) -> MemoryNeed | None:
    """Each part between its least and what it asks for, in the same proportion. None: they do not fit."""
    least, most = _least(need, processes), replace(need, processes=processes)
    if least.total > limit:
        return None
    part = min(1.0, (limit - least.total) / max(1, most.total - least.total))

    def between(low: int, high: int) -> int:
        return int(low + (high - low) * part) // MIB * MIB

    return MemoryNeed(
        own=need.own,
        files=between(least.files, most.files),
        processes=processes,
        document=between(least.document, most.document),
        engine=between(least.engine, most.engine),
    )


def _least(need: MemoryNeed, processes: int) -> MemoryNeed:
    return MemoryNeed(
        own=need.own,
        files=min(need.files, _LEAST_FILES),
        processes=processes,
        document=min(need.document, _LEAST_DOCUMENT),
        engine=min(need.engine, _LEAST_ENGINE),
    )
