"""What engines are told when they are opened; each takes its own part."""

from dataclasses import dataclass
from pathlib import Path

#: Where Debian's language pairs put their modes.
APERTIUM_MODES = Path("/usr/share/apertium/modes")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """``pseudo_delay`` is in seconds a request; ``apertium_modes`` is the folder of the ``*.mode`` files,
    ``apertium_chains`` how many chains of processes (50-320 MB each) a direction has.
    """

    pseudo_delay: float = 0.0
    apertium_modes: Path = APERTIUM_MODES
    apertium_chains: int = 1
