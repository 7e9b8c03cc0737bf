"""Time as people and other programs read it. What is measured uses `time.monotonic` instead."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Now, as RFC 3339 in UTC with milliseconds and ``Z``."""
    return rfc3339(datetime.now(UTC))


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, with milliseconds and ``Z``; as texts, later moments are greater."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
