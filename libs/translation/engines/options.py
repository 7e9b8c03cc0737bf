"""What engines are told when they are opened; each takes its own part."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

#: Where Debian's language pairs put their modes.
APERTIUM_MODES = Path("/usr/share/apertium/modes")
#: Azure AI Translator for keys of any region; resources with a custom domain have an endpoint of their own.
AZURE_ENDPOINT = "https://api.cognitive.microsofttranslator.com"


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """``pseudo_delay`` is in seconds a request; ``apertium_modes`` is the folder of the ``*.mode`` files,
    ``apertium_chains`` how many chains of processes (50-320 MB each) a direction has, ``apertium_pivots`` the
    languages to go through where no pair is installed, the preferred first.

    Azure without ``azure_key`` is reached with the managed identity of the process; on the global endpoint
    that needs ``azure_resource_id``. ``request_seconds``: what a request to a remote engine may take.
    """

    pseudo_delay: float = 0.0
    apertium_modes: Path = APERTIUM_MODES
    apertium_chains: int = 1
    apertium_pivots: tuple[str, ...] = ()
    azure_endpoint: str = AZURE_ENDPOINT
    azure_key: SecretStr | None = None
    azure_region: str | None = None
    azure_resource_id: str | None = None
    libretranslate_url: str | None = None
    libretranslate_api_key: SecretStr | None = None
    request_seconds: float = 60.0
