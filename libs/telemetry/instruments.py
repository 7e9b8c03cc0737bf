"""What can be measured with: counters, histograms and gauges of bounded labels, over OpenTelemetry's API.

Without a provider (`libs.common.runtime.telemetry` sets one) they cost next to nothing and keep nothing.
Each is declared once, in `libs.telemetry.catalogue`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

#: What a value becomes that is none of its label's.
OTHER = "other"
#: Values of a label that names none beforehand: what comes later is `OTHER`.
MOST_VALUES = 64

_meter = metrics.get_meter("batch-translation")
Read = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Label:
    """``values``: all it can have beside `OTHER`. With none it has what comes, up to `MOST_VALUES`, and
    ``means`` says what that is.
    """

    name: str
    values: tuple[str, ...] = ()
    means: str = ""


class Instrument:
    """``unit`` is in UCUM, as OpenTelemetry has it (``s``, ``By``; in braces what is counted)."""

    def __init__(self, name: str, unit: str, says: str, *labels: Label) -> None:
        self.name, self.unit, self.says, self.labels = name, unit, says, labels
        self._seen: list[set[str]] = [set() for _ in labels]
        self._attributes: dict[tuple[str, ...], dict[str, str]] = {}

    def attributes(self, values: tuple[str, ...]) -> dict[str, str]:
        """The same mapping for the same values, and never more of them than the labels allow."""
        found = self._attributes.get(values)
        return self._bounded(values) if found is None else found

    def _bounded(self, values: tuple[str, ...]) -> dict[str, str]:
        columns = zip(self.labels, self._seen, values, strict=True)
        kept = tuple(_kept(label, seen, value) for label, seen, value in columns)
        made = {label.name: value for label, value in zip(self.labels, kept, strict=True)}
        return self._attributes.setdefault(kept, made)


def _kept(label: Label, seen: set[str], value: str) -> str:
    if label.values:
        return value if value in label.values else OTHER
    if value not in seen and len(seen) >= MOST_VALUES:
        return OTHER
    seen.add(value)
    return value


class Counter(Instrument):
    """Only ever rises. Label values are given in the labels' order."""

    def __init__(self, name: str, unit: str, says: str, *labels: Label) -> None:
        super().__init__(name, unit, says, *labels)
        self._counter = _meter.create_counter(name, unit, says)

    def add(self, amount: int, *values: str) -> None:
        self._counter.add(amount, self.attributes(values))

    def begin(self) -> None:
        """Show 0 for each value of its labels. A rate is blind to what brought a series into being."""
        for values in product(*(label.values for label in self.labels)):
            self.add(0, *values)


class Histogram(Instrument):
    """How values are spread, by the upper ``bounds`` of its buckets; its count counts what was recorded."""

    def __init__(self, name: str, unit: str, says: str, *labels: Label, bounds: Sequence[float]) -> None:
        super().__init__(name, unit, says, *labels)
        self.bounds = tuple(bounds)
        self._histogram = _meter.create_histogram(
            name, unit, says, explicit_bucket_boundaries_advisory=self.bounds
        )

    def record(self, value: float, *values: str) -> None:
        self._histogram.record(value, self.attributes(values))


class Gauge(Instrument):
    """What is so at the moment. It is read when somebody collects, possibly in another thread."""

    def __init__(self, name: str, unit: str, says: str, *labels: Label) -> None:
        super().__init__(name, unit, says, *labels)
        self._reads: dict[tuple[str, ...], Read] = {}
        _meter.create_observable_gauge(name, [self._observe], unit, says)

    def set(self, value: float, *values: str) -> None:
        self._reads[self._key(values)] = lambda: value

    def forget(self, *values: str) -> None:
        """Nothing is known any more."""
        self._reads.pop(self._key(values), None)

    @contextmanager
    def watching(self, read: Read, *values: str) -> Iterator[None]:
        """It is what ``read`` says while the block runs."""
        key = self._key(values)
        self._reads[key] = read
        try:
            yield
        finally:
            if self._reads.get(key) is read:
                del self._reads[key]

    def _key(self, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.attributes(values).values())

    def _observe(self, _options: CallbackOptions) -> Iterable[Observation]:
        return [
            Observation(float(read()), self.attributes(values)) for values, read in list(self._reads.items())
        ]
