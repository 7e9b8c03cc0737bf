"""The settings of each service."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.settings.entra import EntraSettings
from libs.common.settings.kinds import HostPatterns, Port, Seconds, Words, is_loopback
from libs.common.settings.service import ServiceSettings
from libs.common.settings.translation import TranslationSettings
from libs.common.webhook.signature import signing_keys


class HealthSettings(BaseSettings):
    """Where a service without an API answers its probes."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    health_host: str = Field(default="127.0.0.1", description="Address of /healthz, /readyz and /metrics.")
    health_port: Port = Field(
        default=0, description="Port of /healthz, /readyz and /metrics; 0 takes any free one."
    )


class NotifySettings(BaseSettings):
    """Whom jobs may notify of their end."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    notify_allowed_hosts: HostPatterns = Field(
        default=(),
        description="Hosts that jobs may notify of their end (shell patterns; with :port unless it is 443); "
        "none: no notifications.",
    )


class TranslatingSettings(ServiceSettings, TranslationSettings):
    """Of a service that translates."""

    @model_validator(mode="after")
    def _memory_apart(self) -> Self:
        if self.translation_memory_table in {self.table_name, self.files_table_name}:
            msg = "TRANSLATION_MEMORY_TABLE must differ from TABLE_NAME and FILES_TABLE_NAME"
            raise ValueError(msg)
        return self


class ApiSettings(TranslatingSettings, EntraSettings, NotifySettings):
    """The API."""

    enable_batch_queue: bool = Field(
        default=True,
        description="false: the API translates each job itself, and answers when it is done.",
    )
    api_host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    api_port: Port = Field(default=8000, description="Port the API listens on; 0 takes any free one.")
    api_auth: Literal["none", "api-key", "entra"] = Field(
        default="none",
        description="Who may call: none (loopback only), api-key, or entra (tokens of Microsoft Entra ID).",
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

    @property
    def translates(self) -> bool:
        return not self.enable_batch_queue

    @model_validator(mode="after")
    def _no_open_door(self) -> Self:
        if self.api_auth == "api-key" and self.api_keys is None and self.api_keys_file is None:
            msg = "API_AUTH=api-key needs API_KEYS or API_KEYS_FILE"
            raise ValueError(msg)
        if self.api_auth == "entra" and not (self.entra_tenant_id and self.entra_audience):
            msg = "API_AUTH=entra needs ENTRA_TENANT_ID and ENTRA_AUDIENCE"
            raise ValueError(msg)
        if self.api_auth == "none" and not is_loopback(self.api_host) and not self.api_allow_anonymous:
            msg = (
                f"API_AUTH=none serves on loopback only, not on {self.api_host}: set API_AUTH=api-key "
                "or entra, or API_ALLOW_ANONYMOUS=true to let everybody in"
            )
            raise ValueError(msg)
        return self


class DispatcherSettings(ServiceSettings, HealthSettings, NotifySettings):
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
    notify_secret: SecretStr | None = Field(
        default=None,
        description="Signs notifications: whsec_ and base64 of 24 to 64 random bytes. Two, with a blank "
        "between them, while one replaces the other.",
    )

    @property
    def signing_keys(self) -> tuple[bytes, ...]:
        """What notifications are signed with."""
        return () if self.notify_secret is None else signing_keys(self.notify_secret.get_secret_value())

    @model_validator(mode="after")
    def _notifications_are_signed(self) -> Self:
        try:
            keys = self.signing_keys
        except ValueError as error:
            msg = f"NOTIFY_SECRET: {error}"
            raise ValueError(msg) from None
        if self.notify_allowed_hosts and not keys:
            msg = "NOTIFY_ALLOWED_HOSTS needs NOTIFY_SECRET"
            raise ValueError(msg)
        return self


class WorkerSettings(TranslatingSettings, HealthSettings):
    """The worker."""

    max_messages: Annotated[int, Field(ge=1, le=32)] = Field(
        default=32, description="Messages received at once, at most; never more than find a slot soon."
    )
    poll_interval: Seconds = Field(
        default=2,
        description="Seconds between two looks into an idle queue, and up to a tenth more.",
    )
    drain_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=240, description="Seconds a stopping worker gives its files to end before it hands them back."
    )
