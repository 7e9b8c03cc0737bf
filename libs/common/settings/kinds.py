"""Kinds of values that settings have."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from libs.common.webhook.hooks import HOST_PATTERN

Port = Annotated[int, Field(ge=0, le=65535)]


def words(given: object) -> object:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


#: A list in one variable: words separated by commas or blanks.
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)]
#: Hosts by shell patterns, each with its port where that is another than 443.
HostPatterns = Annotated[
    tuple[Annotated[str, Field(pattern=HOST_PATTERN)], ...], NoDecode, BeforeValidator(words)
]
#: "Naming queues and metadata", "Understanding the Table service data model"; room is left for ``-dlq``.
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", min_length=3, max_length=59)]
TableName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{2,62}$")]
#: Where one service of a storage account answers; tokens are sent nowhere else.
StorageEndpoint = Annotated[str, Field(pattern=r"^https://[^?#@]+$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_private_link(url: str) -> bool:
    """Whether nobody on the way can read or change what a URL answers: https, or this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_neighbour(url: str) -> bool:
    """Whether a URL's host is a name without a dot: a service beside ours in compose or a cluster."""
    return re.fullmatch(r"[a-z][a-z0-9-]*", urlsplit(url).hostname or "") is not None
