"""Names for what storage services are asked: ``queue receive``, ``table batch``, ``blob put``."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

SERVICES = ("blob", "queue", "table")

#: Method, path behind the account, a parameter of the query; the first that fits gives the name.
_Rule = tuple[str, str, str, str]
_MESSAGES = r"/[^/]+/messages"
_RULES: dict[str, Sequence[_Rule]] = {
    "queue": (
        ("POST", _MESSAGES, "", "send"),
        ("GET", _MESSAGES, "peekonly", "peek"),
        ("GET", _MESSAGES, "", "receive"),
        ("DELETE", _MESSAGES, "", "clear"),
        ("PUT", _MESSAGES + "/.+", "", "update"),
        ("DELETE", _MESSAGES + "/.+", "", "delete"),
        ("GET", r"/[^/]+", "", "length"),
        ("PUT", r"/[^/]+", "", "create"),
    ),
    "table": (
        ("POST", r"/\$batch", "", "batch"),
        ("POST", r"/Tables", "", "create"),
        ("GET", r"/[^/]+\(PartitionKey=.*", "", "get"),
        ("GET", r"/[^/]+\(\)", "", "query"),
    ),
    "blob": (
        ("GET", "/", "comp", "containers"),
        ("GET", r"/[^/]+", "comp", "list"),
        ("PUT", r"/[^/]+", "restype", "create"),
        ("PUT", r"/[^/]+/.+", "", "put"),
        ("GET", r"/[^/]+/.+", "", "get"),
        ("HEAD", r"/[^/]+/.+", "", "head"),
    ),
}
#: Those that change nothing.
READS = frozenset(
    {
        "queue peek",
        "queue length",
        "table get",
        "table query",
        "blob containers",
        "blob list",
        "blob get",
        "blob head",
    }
)


def operation(service: str, method: str, url: str) -> str:
    """The name of a request; ``<service> other`` for what the services of this project never ask."""
    parts = urlsplit(url)
    _, _, behind = parts.path.removeprefix("/").partition("/")  # the emulator's account is the first segment
    query = parse_qs(parts.query, keep_blank_values=True)
    for asked, path, parameter, name in _RULES[service]:
        if asked == method and re.fullmatch(path, f"/{behind}") and (not parameter or parameter in query):
            return f"{service} {name}"
    return f"{service} other"


def all_operations() -> list[str]:
    """Every name there is but ``other``."""
    return [f"{service} {name}" for service, rules in _RULES.items() for *_, name in rules]
