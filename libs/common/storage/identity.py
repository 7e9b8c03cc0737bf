"""The identity of this process, and what happens when its token endpoint gives no token.

The endpoint is another service than storage. A refusal of it (400 while a federated credential spreads, 404
before an identity is assigned, a closed port before its sidecar has started) says nothing about the request
to storage, so it must not look like an answer of storage.
"""

from typing import Any

from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.exceptions import AzureError
from azure.identity.aio import DefaultAzureCredential

#: Longest part of the endpoint's words that goes into logs and errors (characters).
_LONGEST_REASON = 300
#: `DefaultAzureCredential` asks credentials in a fixed order and stops at the first that fails otherwise than
#: by being absent. This is the last in line: when the chain reaches it, no credential was there.
_LAST_IN_LINE, _EXPECTED = "AzureDeveloperCliCredential:", "ManagedIdentityCredential:"


class NoToken(AzureError):
    """The token endpoint gave no token. It carries no response, because storage has not answered."""


class Identity(DefaultAzureCredential):
    """Tokens for the managed identity of the process. Every failure is a `NoToken`."""

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Raises `NoToken`."""
        try:
            return await super().get_token(*scopes, **options)
        except AzureError as error:
            raise _no_token(error) from error

    async def get_token_info(self, *scopes: str, **options: Any) -> AccessTokenInfo:
        """Raises `NoToken`."""
        try:
            return await super().get_token_info(*scopes, **options)
        except AzureError as error:
            raise _no_token(error) from error


def _no_token(error: AzureError) -> NoToken:
    reason = " ".join(_decisive(error.message).split())
    return NoToken(message=reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]} …")


def _decisive(message: str) -> str:
    """The line of the credential that ended the search, out of the whole chain's report."""
    lines = [line.strip() for line in message.splitlines() if line.startswith("\t")]
    if not lines:
        return message
    if lines[-1].startswith(_LAST_IN_LINE):
        return next((line for line in lines if line.startswith(_EXPECTED)), lines[-1])
    return lines[-1]
