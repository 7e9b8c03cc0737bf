"""What a job has to tell at its end to the address it names, and how far that has come."""

from dataclasses import dataclass
from enum import StrEnum


class NotificationStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Part of a job row. ``attempts`` are those whose result is known; ``delivered_at`` is RFC 3339 in UTC.

    ``url`` may be a secret in itself (many receivers tell their callers by the path), so it is shown nowhere.
    """

    url: str
    status: NotificationStatus = NotificationStatus.PENDING
    attempts: int = 0
    last_error: str | None = None
    delivered_at: str | None = None

    def anew(self) -> "Notification":
        """The same address, nothing told yet."""
        return Notification(url=self.url)


def event_id(job_id: str, retries: int) -> str:
    """Names one end of a job: it ends once, and once more for each retry. So whoever tells of it, and however
    often, uses the same id.
    """
    return f"{job_id}-{retries}"
