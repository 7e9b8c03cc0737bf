"""Time as people and other programs read it. What is measured uses `time.monotonic` instead."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Now, as RFC 3339 in UTC with milliseconds and ``Z``."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
