"""How this machine reaches the registries its packages come from, lent to the steps of a build."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

_FILES = (
    "~/.config/pip/pip.conf",
    "/etc/pip.conf",
    "~/.npmrc",
    "/etc/npmrc",
    "/etc/resolv.conf",
    "/etc/hosts",
)
_VARIABLES = ("PIP_", "NPM_CONFIG_", "SSL_CERT_", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy")


def variables() -> Mapping[str, str]:
    """Those of our own that pip, npm and their libraries for TLS go by."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(_VARIABLES) or name.lower() in _PROXIES
    }


def files() -> Sequence[Path]:
    """Settings of the same programs, and the certificates that variables point at."""
    named = [str(Path(name).expanduser()) for name in _FILES]
    named += [value for value in variables().values() if value.startswith("/")]
    return [Path(name) for name in dict.fromkeys(named) if Path(name).exists()]
