"""What engines behind HTTP share: how long a server wants us to wait, and what we tell of its errors."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

#: What is asked for beyond this, in seconds, is not believed.
LONGEST_WAIT = 3600.0

#: Of what a server wrote, in characters.
_LONGEST_MESSAGE = 300

#: Azure's services send these beside the standard header, in milliseconds.
_IN_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


def wait_asked(headers: Mapping[str, str]) -> float:
    """Seconds to wait, 0 to an hour; 0 when nothing readable is said.

    RFC 9110, 10.2.3: a number of seconds or a date. The case of the headers' names does not matter.
    """
    given = {name.lower(): value for name, value in headers.items()}
    for name in _IN_MILLISECONDS:
        if (wait := _number(given.get(name))) is not None:
            return _bounded(wait / 1000)
    said = given.get("retry-after")
    wait = _number(said)
    return _bounded(_until(said) if wait is None else wait)


def told(engine: str, message: str, secret: str | None) -> str:
    """One line for people. ``secret`` is taken out of it, whoever wrote it there."""
    clean = message.replace(secret, "***") if secret else message
    line = " ".join("".join(char if char.isprintable() else " " for char in clean).split())
    return f"{engine}: {line[:_LONGEST_MESSAGE]}"


def _number(said: str | None) -> float | None:
    try:
        number = float(said or "")
    except ValueError:
        return None
    return number if isfinite(number) else None


def _until(said: str | None) -> float:
    try:
        moment = parsedate_to_datetime(said or "")
        return (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return 0.0


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_WAIT)
