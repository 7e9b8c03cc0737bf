"""Which tokens of Microsoft Entra ID the API accepts."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.settings.kinds import Words, is_private_link

_GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class EntraSettings(BaseSettings):
    """Of a service whose callers show tokens."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    entra_tenant_id: Annotated[str, Field(pattern=_GUID)] | None = Field(
        default=None, description="Id of the tenant whose tokens are accepted, with API_AUTH=entra."
    )
    entra_audience: Words = Field(
        default=(),
        description="Whom tokens are for: the API's client id, its URI (api://...), or both.",
    )
    entra_authority: Annotated[str, Field(pattern=r"^https?://[^/?#@]+/?$")] = Field(
        default="https://login.microsoftonline.com",
        description="Where tokens come from; another one in sovereign clouds.",
    )

    @model_validator(mode="after")
    def _authority_is_genuine(self) -> Self:
        if not is_private_link(self.entra_authority):
            raise ValueError("ENTRA_AUTHORITY must begin with https://")
        return self
