"""Settings, read from the environment and an optional ``.env``: one class a service.

Nothing else in the project reads the environment. A wrong value ends the process at start with one line.
"""

import os
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from libs.common.errors import ConfigurationFault
from libs.common.language import LANGUAGE_TAG

#: Names the file read beside the environment; set but empty means none (tests and the demo do that).
ENV_FILE_VARIABLE = "BATCH_TRANSLATION_ENV_FILE"

Port = Annotated[int, Field(ge=0, le=65535)]


def _words(given: object) -> object:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


#: A list in one variable: words separated by commas or blanks.
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
#: "Naming queues and metadata", "Understanding the Table service data model"; room is left for ``-dlq``.
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", min_length=3, max_length=59)]
TableName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{2,62}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    return host in {"localhost", "::1"} or host.startswith("127.")


class ServiceSettings(BaseSettings):
    """What every service needs: where the data is, what its parts are called, how to log."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    azure_storage_connection_string: SecretStr | None = Field(
        default=None,
        description="Connection string of the storage account. Set this or AZURE_STORAGE_ACCOUNT.",
    )
    azure_storage_account: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9]{3,24}$",
        description="Name of the storage account, reached with the managed identity of the process.",
    )
    queue_name: QueueName = Field(
        default="translation-jobs", description="Queue of file tasks; KEDA scales on it."
    )
    dispatch_queue_name: QueueName = Field(
        default="translation-dispatch", description="The dispatchers' run queue."
    )
    table_name: TableName = Field(default="translationjobs", description="Table of job rows.")
    files_table_name: TableName = Field(
        default="translationfiles", description="Table of file rows and counters."
    )
    visibility_timeout: Annotated[int, Field(ge=2, le=604_800)] = Field(
        default=300, description="Seconds a received message stays ours between two renewals (a lease)."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="json, console, or auto: console on a terminal, else json."
    )

    @model_validator(mode="after")
    def _one_way_to_storage(self) -> Self:
        given = [self.azure_storage_connection_string, self.azure_storage_account]
        if given.count(None) != 1:
            msg = "set exactly one of AZURE_STORAGE_CONNECTION_STRING and AZURE_STORAGE_ACCOUNT"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _names_apart(self) -> Self:
        if self.queue_name == self.dispatch_queue_name or self.table_name == self.files_table_name:
            msg = "QUEUE_NAME and DISPATCH_QUEUE_NAME, TABLE_NAME and FILES_TABLE_NAME must differ"
            raise ValueError(msg)
        return self


#: For keys of any region ("Text Translation", base URLs).
_AZURE_TRANSLATOR = "https://api.cognitive.microsofttranslator.com"
#: Every engine there is; `libs.translation.engines.registry` opens them.
EngineName = Literal["apertium", "azure", "libretranslate", "pseudo", "copy"]


class EngineSettings(BaseSettings):
    """Which engine translates, for the services that have to know."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    translation_engine: EngineName = Field(
        default="apertium", description="What translates. pseudo and copy are for tests and benchmarks only."
    )
    further_engines: Annotated[tuple[EngineName, ...], NoDecode, BeforeValidator(_words)] = Field(
        default=(), description="Engines a job may name beside TRANSLATION_ENGINE."
    )
    default_source_language: Annotated[str, Field(pattern=LANGUAGE_TAG)] = Field(
        default="en",
        description="Source language of a job that names none, for engines that cannot detect it.",
    )
    apertium_chains: Annotated[int, Field(ge=1, le=32)] = Field(
        default=1,
        description="Apertium pipelines of a language pair; one fills 2 to 3 cores and takes 50-320 MB.",
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

    @model_validator(mode="after")
    def _engines_can_be_reached(self) -> Self:
        engines = {self.translation_engine, *self.further_engines}
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
        endpoint = urlsplit(self.azure_translator_endpoint)
        if endpoint.scheme != "https" and not is_loopback(endpoint.hostname or ""):
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
        description="Bound of memory for documents: each counts with 12 (text) to 400 (xlsx) times its size.",
    )
    max_engine_requests: Annotated[int, Field(ge=1, le=1024)] = Field(
        default=8, description="Requests to the engine in flight, over all files of the process."
    )
    engine_timeout: Seconds = Field(default=60, description="Seconds one request to the engine may take.")
    engine_chars_per_minute: Annotated[int, Field(ge=0, le=1_000_000_000)] = Field(
        default=0,
        description="Characters a minute that all workers together send to an engine; 0 sets no bound.",
    )
    translation_memory: bool = Field(
        default=False,
        description="true: sentences translated once are kept in a table, and never paid for again.",
    )
    translation_memory_table: TableName = Field(
        default="translationmemory", description="Table of the translation memory."
    )


class HealthSettings(BaseSettings):
    """Where a service without an API answers its probes."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    health_host: str = Field(default="127.0.0.1", description="Address of /healthz and /readyz.")
    health_port: Port = Field(default=0, description="Port of /healthz and /readyz; 0 takes any free one.")


class TranslatingSettings(ServiceSettings, TranslationSettings):
    """Of a service that translates."""

    @model_validator(mode="after")
    def _memory_apart(self) -> Self:
        if self.translation_memory_table in {self.table_name, self.files_table_name}:
            msg = "TRANSLATION_MEMORY_TABLE must differ from TABLE_NAME and FILES_TABLE_NAME"
            raise ValueError(msg)
        return self


class ApiSettings(TranslatingSettings):
    """The API."""

    enable_batch_queue: bool = Field(
        default=True,
        description="false: the API translates each job itself, and answers when it is done.",
    )
    api_host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    api_port: Port = Field(default=8000, description="Port the API listens on; 0 takes any free one.")
    api_auth: Literal["none", "api-key"] = Field(
        default="none", description="Who may call: none (loopback only) or api-key."
    )
    api_keys: SecretStr | None = Field(
        default=None, description="Keys, separated by blanks or lines: <name>:<read|write>:<key>."
    )
    api_keys_file: Path | None = Field(
        default=None, description="File of keys in the same form; # begins a comment."
    )
    api_allow_anonymous: bool = Field(
        default=False, description="Serve without keys beyond loopback all the same. Everybody may call."
    )
    api_allowed_hosts: Words = Field(
        default=(), description="Further Host headers accepted without keys, beside those of loopback."
    )
    cors_allowed_origins: Words = Field(
        default=(), description="Origins whose pages may call the API, such as https://app.example.com."
    )
    source_containers: Words = Field(
        default=(),
        description="Containers jobs may read (shell patterns); none: all. Bounds container routes too.",
    )
    target_containers: Words = Field(
        default=(),
        description="Containers jobs may write (shell patterns); none: all. Bounds container routes too.",
    )
    max_upload_bytes: Annotated[int, Field(ge=1)] = Field(
        default=209_715_200, description="Largest file that can be uploaded through the API."
    )
    reference_assets: Path = Field(
        default=Path("deploy/local/node_modules/swagger-ui-dist"),
        description="Folder of Swagger UI (npm: swagger-ui-dist), which shows the API's reference at /docs.",
    )

    @model_validator(mode="after")
    def _no_open_door(self) -> Self:
        if self.api_auth == "api-key" and self.api_keys is None and self.api_keys_file is None:
            msg = "API_AUTH=api-key needs API_KEYS or API_KEYS_FILE"
            raise ValueError(msg)
        if self.api_auth == "none" and not is_loopback(self.api_host) and not self.api_allow_anonymous:
            msg = (
                f"API_AUTH=none serves on loopback only, not on {self.api_host}: set API_AUTH=api-key, "
                "or API_ALLOW_ANONYMOUS=true to let everybody in"
            )
            raise ValueError(msg)
        return self


class DispatcherSettings(ServiceSettings, HealthSettings):
    """The dispatcher."""

    dispatch_backlog: Annotated[int, Field(ge=1)] = Field(
        default=2000, description="File messages waiting above which no more are made."
    )
    slice_tasks: Annotated[int, Field(ge=1, le=5000)] = Field(
        default=1000, description="File tasks made in one turn at most."
    )
    watch_interval: Seconds = Field(
        default=30, description="Seconds between two looks at a job that is listed."
    )
    sweep_interval: Seconds = Field(default=60, description="Seconds between two sweeps over the open jobs.")

    job_retention_days: Annotated[float, Field(ge=0, le=36_500)] = Field(
        default=0, description="Days after which an ended job's rows are removed; 0 keeps them for ever."
    )
    engine_blocked_minutes: Annotated[float, Field(gt=0, le=100_000)] = Field(
        default=30,
        description="Minutes after which a job fails whose engine refuses every worker (credentials, quota).",
    )
    sweep_after: Seconds = Field(
        default=90, description="Seconds without a look after which the sweep takes a job up again."
    )


class WorkerSettings(TranslatingSettings, HealthSettings):
    """The worker."""

    max_messages: Annotated[int, Field(ge=1, le=32)] = Field(
        default=10, description="Messages received at once; raise MAX_CONCURRENT_FILES with it."
    )
    poll_interval: Seconds = Field(
        default=2, description="Longest pause, in seconds, between two looks into an idle queue."
    )
    drain_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=240, description="Seconds a stopping worker gives its files to end before it hands them back."
    )


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(kind: type[SettingsT]) -> SettingsT:
    """Read the settings of one service from the environment and ``.env``.

    Raises `ConfigurationFault` with one line that names every wrong variable.
    """
    env_file = os.environ.get(ENV_FILE_VARIABLE, ".env") or None
    try:
        return kind(_env_file=env_file)
    except ValidationError as error:
        raise ConfigurationFault(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    """Variable names and reasons; never the values, which may be secrets."""
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        variable = "".join(str(part) for part in fault["loc"][:1]).upper()
        faults.append(
            f"{variable}: {fault['msg']}" if variable else fault["msg"].removeprefix("Value error, ")
        )
    return "settings: " + "; ".join(faults)
