"""Where the API is and with which key it is asked: the only place of the client that reads the environment.

The variables are read by click, as the defaults of the two options that every command has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import click
from pydantic import SecretStr
from yarl import URL

from libs.client.errors import ClientError

DEFAULT_URL = "http://127.0.0.1:8000"

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """``seconds`` bounds a call that is answered with JSON; ``silence``, in seconds, is how long a transfer
    may stand still. A call that can be repeated is sent ``tries`` times at most.
    """

    api_url: URL = URL(DEFAULT_URL)  # noqa: RUF009 - a URL is a value; it cannot be changed
    api_key: SecretStr | None = None
    seconds: float = 60.0
    silence: float = 60.0
    tries: int = 5

    @classmethod
    def of_texts(cls, api_url: str, api_key: str | None) -> "ClientSettings":
        """Raises `ClientError`, which does not show the key, for a URL or key that cannot be one."""
        return cls(_checked_url(api_url), _checked_key(api_key))


def connection_options(command: Callable[P, T]) -> Callable[P, T]:
    """Adds ``--api-url`` and ``--api-key`` to a command."""
    url = click.option(
        "--api-url",
        envvar="BATCH_TRANSLATE_URL",
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        metavar="URL",
        help="Where the API is.",
    )
    key = click.option(
        "--api-key",
        envvar="BATCH_TRANSLATE_KEY",
        show_envvar=True,
        metavar="KEY",
        help="Key of the API, or a token. The variable keeps it out of the list of processes.",
    )
    return url(key(command))


def _checked_url(text: str) -> URL:
    try:
        url = URL(text.strip())
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise ClientError("the API's URL begins with http:// or https:// and names a host")
    if url.user is not None or url.password is not None:
        raise ClientError("the API's URL has a user or a password in it; give the key with --api-key")
    return url.with_path(url.path.rstrip("/").removesuffix("/api/v1") + "/").with_query(None)


def _checked_key(text: str | None) -> SecretStr | None:
    key = (text or "").strip()
    if not key:
        return None
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ClientError("the API key has characters that no key has")
    return SecretStr(key)
