"""What the emulator was asked, counted; `GET /_stats`, and `DELETE /_stats` to begin anew."""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

_KEPT_SECONDS = 3600


@dataclass(slots=True)
class Stats:
    """``characters`` are those billed; each of the seconds since the start has its own counts."""

    requests: int = 0
    elements: int = 0
    characters: int = 0
    throttled: int = 0
    largest_elements: int = 0
    largest_characters: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    _began: float = field(default_factory=monotonic)
    _seconds: dict[int, list[int]] = field(default_factory=dict)

    def begin(self) -> None:
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._second()[0] += 1

    def bill(self, elements: int, characters: int) -> None:
        self.elements += elements
        self.characters += characters
        self.largest_elements = max(self.largest_elements, elements)
        self.largest_characters = max(self.largest_characters, characters)
        self._second()[1] += characters

    def end(self, status: int) -> None:
        self.in_flight -= 1
        self.statuses[status] += 1
        if status == 429:  # noqa: PLR2004 - HTTP's own number
            self.throttled += 1
            self._second()[2] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "elements": self.elements,
            "characters": self.characters,
            "throttled": self.throttled,
            "largest_elements": self.largest_elements,
            "largest_characters": self.largest_characters,
            "most_in_flight": self.most_in_flight,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "uptime": monotonic() - self._began,
            "seconds": [
                {"second": second, "requests": counts[0], "characters": counts[1], "throttled": counts[2]}
                for second, counts in sorted(self._seconds.items())
            ],
        }

    def _second(self) -> list[int]:
        second = int(monotonic() - self._began)
        self._seconds.pop(second - _KEPT_SECONDS, None)
        return self._seconds.setdefault(second, [0, 0, 0])
