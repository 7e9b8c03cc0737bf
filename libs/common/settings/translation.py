"""What those are told that translate, or have to know how it is done."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from libs.common.language import LANGUAGE_TAG
from libs.common.settings.kinds import Seconds, TableName, is_neighbour, is_private_link, words

#: For keys of any region ("Text Translation", base URLs).
_AZURE_TRANSLATOR = "https://api.cognitive.microsofttranslator.com"
#: Every engine there is; `libs.translation.engines.registry` opens them.
EngineName = Literal["apertium", "azure", "libretranslate", "pseudo", "copy"]
_Language = Annotated[str, Field(pattern=LANGUAGE_TAG)]


class EngineSettings(BaseSettings):
    """Which engine translates, for the services that have to know."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    translation_engine: EngineName = Field(
        default="apertium", description="What translates. pseudo and copy are for tests and benchmarks only."
    )
    further_engines: Annotated[tuple[EngineName, ...], NoDecode, BeforeValidator(words)] = Field(
        default=(), description="Engines a job may name beside TRANSLATION_ENGINE."
    )
    default_source_language: _Language = Field(
        default="en",
        description="Source language of a job that names none, for engines that cannot detect it.",
    )
    apertium_chains: Annotated[int, Field(ge=1, le=32)] = Field(
        default=1,
        description="Apertium pipelines of a language pair; one fills 2 to 3 cores and takes 50-320 MB.",
    )
    apertium_pivot: Annotated[tuple[_Language, ...], NoDecode, BeforeValidator(words)] = Field(
        default=(),
        description="Languages Apertium may go through, in two steps, where no pair is installed: es, or the "
        "preferred first. None: it does not.",
    )
    azure_translator_endpoint: Annotated[str, Field(pattern=r"^https?://")] = Field(
        default=_AZURE_TRANSLATOR,
        description="Azure AI Translator: the global endpoint, or that of the resource's custom domain.",
    )
    azure_translator_key: SecretStr | None = Field(
        default=None, description="Key of the Translator resource; none: the managed identity of the process."
    )
    azure_translator_region: Annotated[str, Field(pattern=r"^[a-z0-9]+$")] | None = Field(
        default=None, description="Region of the Translator resource, if it is not a global one."
    )
    azure_translator_resource_id: Annotated[str, Field(pattern=r"^/subscriptions/")] | None = Field(
        default=None,
        description="Id of the Translator resource; a managed identity on the global endpoint needs it.",
    )
    libretranslate_url: Annotated[str, Field(pattern=r"^https?://")] | None = Field(
        default=None, description="URL of a LibreTranslate server."
    )
    libretranslate_api_key: SecretStr | None = Field(
        default=None, description="Its API key, if it wants one."
    )
    pseudo_delay_ms: Annotated[int, Field(ge=0, le=600_000)] = Field(
        default=0, description="Milliseconds the pseudo engine takes for a request (tests)."
    )

    @property
    def engines(self) -> frozenset[str]:
        """All engines that a job may name."""
        return frozenset({self.translation_engine, *self.further_engines})

    @model_validator(mode="after")
    def _engines_can_be_reached(self) -> Self:
        engines = self.engines
        is_global = self.azure_translator_endpoint.rstrip("/") == _AZURE_TRANSLATOR
        has_login = self.azure_translator_key or self.azure_translator_resource_id or not is_global
        if "azure" in engines and not has_login:
            msg = (
                "the engine azure needs AZURE_TRANSLATOR_KEY, or for a managed identity the endpoint of a "
                "custom domain or AZURE_TRANSLATOR_RESOURCE_ID"
            )
            raise ValueError(msg)
        if "libretranslate" in engines and self.libretranslate_url is None:
            msg = "the engine libretranslate needs LIBRETRANSLATE_URL"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _no_secret_in_the_clear(self) -> Self:
        endpoint = self.azure_translator_endpoint
        if not (is_private_link(endpoint) or is_neighbour(endpoint)):
            raise ValueError("AZURE_TRANSLATOR_ENDPOINT must begin with https://")
        return self


class TranslationSettings(EngineSettings):
    """How files are translated, for the worker and for an API in synchronous mode."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="Attempts before a file is given up."
    )
    max_concurrent_files: Annotated[int, Field(ge=1, le=256)] = Field(
        default=8, description="Files a worker translates at the same time."
    )
    max_file_bytes: Annotated[int, Field(ge=1)] = Field(
        default=41_943_040,
        description="Largest file translated; a larger one fails without being downloaded.",
    )
    max_bytes_in_flight: Annotated[int, Field(ge=1)] = Field(
        default=536_870_912,
        description="Bound of memory for documents: each counts with 12 (text) to 500 (xlsx) times its size. "
        "Lowered at start where the container has less.",
    )
    document_processes: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2,
        description="Processes that read and write documents; each is started when there is work for it.",
    )
    document_seconds: Seconds = Field(
        default=120, description="Seconds one document may take to be read, and again to be written."
    )
    document_memory_bytes: Annotated[int, Field(ge=67_108_864)] = Field(
        default=805_306_368,
        description="Memory of one such process; a document that takes more fails as too_complex. Lowered at "
        "start where the container has less.",
    )
    max_engine_requests: Annotated[int, Field(ge=1, le=1024)] = Field(
        default=8, description="Requests to the engine in flight, over all files of the process."
    )
    engine_timeout: Seconds = Field(default=60, description="Seconds one request to the engine may take.")
    engine_chars_per_minute: Annotated[int, Field(ge=0, le=1_000_000_000)] = Field(
        default=0,
        description="Characters a minute that all workers together send to an engine (96 % of it, and less "
        "while it says that this is too much); 0 sets no bound.",
    )
    translation_memory: bool = Field(
        default=False,
        description="true: sentences translated once are kept in a table, and never paid for again.",
    )
    translation_memory_table: TableName = Field(
        default="translationmemory", description="Table of the translation memory."
    )

    @property
    def translates(self) -> bool:
        """Whether the process translates files, or only looks at them."""
        return True
