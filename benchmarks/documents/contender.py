"""What takes part: something that reads documents and writes them again, untranslated."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.corpora.documents import RealDocument


class Trip(NamedTuple):
    """A document there and back; ``data`` None: it failed. ``seconds`` of CPU: others may use the machine."""

    data: bytes | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Contender:
    """``handed_out`` gives the texts it offers for translation, where that can be asked."""

    name: str
    trips: Callable[[Sequence[RealDocument]], Sequence[Trip]]
    handed_out: Callable[[bytes], Iterable[str]] | None = None


def one_by_one(
    trip: Callable[[bytes], bytes | str],
) -> Callable[[Sequence[RealDocument]], Sequence[Trip]]:
    """Trips of a function in this process."""
    return lambda documents: [_timed(trip, document.data) for document in documents]


def _timed(trip: Callable[[bytes], bytes | str], data: bytes) -> Trip:
    began = time.process_time()
    try:
        back = trip(data)
    except Exception:  # noqa: BLE001 - whatever a contender stumbles over, it failed
        return Trip(None, time.process_time() - began)
    seconds = time.process_time() - began
    return Trip(back.encode("utf-8", "replace") if isinstance(back, str) else back, seconds)
