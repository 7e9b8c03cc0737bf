"""What every service is told."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.settings.kinds import QueueName, StorageEndpoint, TableName


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
    azure_storage_blob_endpoint: StorageEndpoint | None = Field(
        default=None,
        description="Where the account's blobs are, if not at https://<account>.blob.core.windows.net.",
    )
    azure_storage_queue_endpoint: StorageEndpoint | None = Field(
        default=None,
        description="Where its queues are, if not at https://<account>.queue.core.windows.net.",
    )
    azure_storage_table_endpoint: StorageEndpoint | None = Field(
        default=None,
        description="Where its tables are, if not at https://<account>.table.core.windows.net.",
    )
    queue_name: QueueName = Field(
        default="translation-jobs", description="Queue of file tasks; KEDA scales on it."
    )
    dispatch_queue_name: QueueName = Field(
        default="translation-dispatch", description="The dispatchers' run queue."
    )
    notify_queue_name: QueueName = Field(
        default="translation-notifications", description="Queue of notifications that jobs have ended."
    )
    table_name: TableName = Field(default="translationjobs", description="Table of job rows.")
    files_table_name: TableName = Field(
        default="translationfiles", description="Table of file rows and counters."
    )
    visibility_timeout: Annotated[int, Field(ge=2, le=604_800)] = Field(
        default=60,
        description="Seconds that a received message belongs to its receiver (a lease), who renews it before "
        "a third of them is over. What a killed process had in hand waits so long.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="json, console, or auto: console on a terminal, else json."
    )

    applicationinsights_connection_string: SecretStr | None = Field(
        default=None,
        description="Connection string of Application Insights: metrics and traces go there as well.",
    )
    trace_sample_ratio: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.05,
        description="Share of requests that are traced, where Application Insights is set; a caller's "
        "traceparent header decides for its own.",
    )

    @model_validator(mode="after")
    def _one_way_to_storage(self) -> Self:
        given = [self.azure_storage_connection_string, self.azure_storage_account]
        if given.count(None) != 1:
            msg = "set exactly one of AZURE_STORAGE_CONNECTION_STRING and AZURE_STORAGE_ACCOUNT"
            raise ValueError(msg)
        if self.azure_storage_account is None and any(self._endpoints.values()):
            msg = "AZURE_STORAGE_..._ENDPOINT is for AZURE_STORAGE_ACCOUNT; a connection string names its own"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _names_apart(self) -> Self:
        queues = {self.queue_name, self.dispatch_queue_name, self.notify_queue_name}
        if len(queues) < 3 or self.table_name == self.files_table_name:  # noqa: PLR2004 - it has three
            msg = (
                "QUEUE_NAME, DISPATCH_QUEUE_NAME and NOTIFY_QUEUE_NAME, TABLE_NAME and FILES_TABLE_NAME "
                "must differ"
            )
            raise ValueError(msg)
        return self

    def storage_endpoint(self, service: Literal["blob", "queue", "table"]) -> str:
        """Where a service of ``azure_storage_account`` answers."""
        usual = f"https://{self.azure_storage_account}.{service}.core.windows.net"
        return self._endpoints[service] or usual

    @property
    def _endpoints(self) -> dict[str, str | None]:
        return {
            "blob": self.azure_storage_blob_endpoint,
            "queue": self.azure_storage_queue_endpoint,
            "table": self.azure_storage_table_endpoint,
        }
