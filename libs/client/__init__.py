"""A client of the HTTP API, and the command line ``batch-translate`` on it.

It imports nothing else of this project: what it knows is what docs/api.md says.
"""

from libs.client.client import Client, open_client
from libs.client.errors import ApiProblem, ClientError, Unreachable, UnsafeName
from libs.client.records import JobRequest
from libs.client.settings import ClientSettings

__all__ = [
    "ApiProblem",
    "Client",
    "ClientError",
    "ClientSettings",
    "JobRequest",
    "Unreachable",
    "UnsafeName",
    "open_client",
]
