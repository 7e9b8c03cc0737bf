"""How long rows have stood still, by a process's own monotonic clock: no other machine's clock matters."""

import time
from collections.abc import Mapping


class Standing:
    """How long rows have stood at one version, by our own clock."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, float]] = {}

    def look(self, versions: Mapping[str, str]) -> dict[str, float]:
        """Seconds that each row has had the version it has now, as far as we have seen."""
        now = time.monotonic()
        kept = {row: seen for row, seen in self._seen.items() if versions.get(row) == seen[0]}
        self._seen = {row: kept.get(row, (version, now)) for row, version in versions.items()}
        return {row: now - since for row, (_, since) in self._seen.items()}
