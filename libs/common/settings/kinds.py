"""Kinds of values that settings have."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

Port = Annotated[int, Field(ge=0, le=65535)]


def words(given: object) -> object:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


#: A list in one variable: words separated by commas or blanks.
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)]
#: "Naming queues and metadata", "Understanding the Table service data model"; room is left for ``-dlq``.
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", min_length=3, max_length=59)]
TableName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{2,62}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    return host in {"localhost", "::1"} or host.startswith("127.")
