"""The address a caller names for a notification: what it may look like, and which a deployment allows.

The grammar is our own and narrow, so that no two parsers can read one address in two ways: ASCII, a host by
its name (never by an address, in any notation), no user, no fragment.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from yarl import URL

#: Longest address, in characters.
LONGEST_URL = 2000
#: An entry of an allow-list: a shell pattern of hosts, with the port where that is another than 443.
HOST_PATTERN = r"^[A-Za-z0-9*?.\[\]!-]{1,253}(?::[0-9]{1,5})?$"
_HTTPS_PORT = 443
_LARGEST_PORT = 65535
_LONGEST_HOST = 253
_SCHEME = "https://"
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
#: The last label begins with a letter. So no host can be read as an IPv4 address, which WHATWG's URL standard
#: does with any whose last label is a number, in whatever notation.
_HOST = rf"({_LABEL}\.)*[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?"
#: Path and query (RFC 3986).
_REST = r"([/?]([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
#: All of it, as far as a pattern says it.
URL_PATTERN = rf"^{_SCHEME}{_HOST}(:[0-9]{{1,5}})?{_REST}$"
_AUTHORITY = re.compile(r"(?P<host>[^:]*)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Hook:
    """An address that notifications may be posted to, taken apart."""

    url: URL
    host: str
    port: int

    @property
    def place(self) -> str:
        """What may be shown of it: host, and port where it is not that of https."""
        return self.host if self.port == _HTTPS_PORT else f"{self.host}:{self.port}"

    def is_allowed(self, patterns: Sequence[str]) -> bool:
        """Whether a pattern names its host; a port other than 443 has to be named too."""
        told = (pattern if ":" in pattern else f"{pattern}:{_HTTPS_PORT}" for pattern in patterns)
        return any(fnmatchcase(f"{self.host}:{self.port}", pattern.lower()) for pattern in told)


def hook_of(text: str) -> Hook:
    """Raises ValueError with one line that says what is expected, and nothing of the text."""
    if len(text) > LONGEST_URL:
        raise ValueError(f"a notify_url has {LONGEST_URL} characters at most")
    if not text.isascii():
        raise ValueError(
            "a notify_url is ASCII: a host in another script begins with xn--, the rest is escaped"
        )
    if not text.startswith(_SCHEME):
        raise ValueError("a notify_url begins with https://")
    authority = re.split(r"[/?#\\]", text[len(_SCHEME) :], maxsplit=1)[0]
    if "@" in authority:
        raise ValueError("a notify_url names no user and no password")
    if "#" in text:
        raise ValueError("a notify_url has no fragment (#)")
    host, port = _place(authority)
    rest = text[len(_SCHEME) + len(authority) :]
    if re.fullmatch(_REST, rest) is None:
        raise ValueError("a notify_url has a path or a query with a character that must be escaped (%)")
    url = URL(f"{_SCHEME}{host}:{port}{rest}", encoded=True)
    if (url.raw_host, url.port) != (host, port):
        raise ValueError("a notify_url names a host")
    return Hook(url, host, port)


def place_of(text: str) -> str:
    """What may be shown of an address that was one when it was taken; nothing where it is none any more."""
    try:
        return hook_of(text).place
    except ValueError:
        return ""


def _place(authority: str) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(authority)
    host = "" if found is None else found["host"]
    if found is None or len(host) > _LONGEST_HOST or re.fullmatch(_HOST, host) is None:
        raise ValueError(
            "a notify_url names a host by its name, in small letters without a dot at the end, not by an "
            "address; and a port, if any, by its number"
        )
    port = int(found["port"] or _HTTPS_PORT)
    if not 1 <= port <= _LARGEST_PORT:
        raise ValueError(f"a port is 1 to {_LARGEST_PORT}")
    return host, port
