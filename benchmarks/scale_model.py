"""How many files a second on paper: measured calls a file against the documented limits of Azure.

    python -m benchmarks.scale_page      draws it: docs/scale-*.svg and the tables of docs/scale.md

Nothing here is measured but the calls a file (`baseline.json`) and CPU; the limits are Microsoft's
("Scalability and performance targets" of Queue, Table and Blob Storage; "Service limits" of Translator). Real
accounts are throttled earlier under a sudden load, and some regions allow more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks import baseline

#: A message is put, received and deleted, and each is an operation on its queue.
_QUEUE_OPERATIONS, QUEUE_LIMIT = 3, 2_000
PARTITION_LIMIT = 2_000  #: entities a second of one partition of a table, which a job is
TABLES_LIMIT = 20_000  #: entities a second of all tables of an account
REQUESTS_LIMIT = 20_000  #: requests a second of an account
#: A file row is made once and ends once; the rows that count them share 99 and some 25 of these.
_ENTITIES = 2 + 1 / 99 + 1 / 25

#: Characters a minute that a resource of Azure AI Translator may be asked; None: an engine of one's own.
TIERS: Mapping[str, int | None] = {
    "F0": 33_333,
    "S1": 666_666,
    "S3": 2_000_000,
    "S4": 3_333_333,
    "no quota": None,
}


@dataclass(frozen=True, slots=True)
class Load:
    """``characters`` a file; ``seconds`` that one takes from download to upload; ``slots`` a worker;
    ``cpu`` seconds of a worker a file.
    """

    workers: int
    jobs: int
    tier: str = "S1"
    characters: int = 3_000
    seconds: float = 0.5
    slots: int = 8
    cpu: float = 0.005


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    files_a_second: float


def limits(load: Load) -> list[Limit]:
    """Every bound on the files a second of a deployment; the least of them holds."""
    calls = sum(figures["calls"] for figures in baseline.read().values())
    quota = TIERS[load.tier]
    found = [
        Limit("workers", load.workers * min(load.slots / load.seconds, 1 / load.cpu)),
        Limit("a job's partition", load.jobs * PARTITION_LIMIT / _ENTITIES),
        Limit("the file queue", QUEUE_LIMIT / _QUEUE_OPERATIONS),
        Limit("all tables", TABLES_LIMIT / _ENTITIES),
        Limit("requests of the account", REQUESTS_LIMIT / calls),
    ]
    if quota is not None:
        found.append(Limit("the engine's quota", quota / 60 / load.characters))
    return found


def binding(load: Load) -> Limit:
    return min(limits(load), key=lambda limit: limit.files_a_second)


def workers_worthwhile(load: Load) -> int:
    """The number of workers behind which another one translates nothing more."""
    ceiling = min(limit.files_a_second for limit in limits(load) if limit.name != "workers")
    one = next(limit.files_a_second for limit in limits(load) if limit.name == "workers") / load.workers
    return max(1, -int(-ceiling // one))


@dataclass(frozen=True, slots=True)
class Prices:
    """Of ten thousand operations, and of a million characters, in dollars. Examples of the order of
    magnitude (hot tier, locally redundant, general purpose v2): put in those of your region.
    """

    queue: float = 0.004
    table: float = 0.00036
    blob_write: float = 0.055
    blob_read: float = 0.0044
    million_characters: float = 10.0


@dataclass(frozen=True, slots=True)
class Renewals:
    """What keeping leases costs a worker that has ``files`` in hand all the time, each longer than a lease.

    ``visibility`` is VISIBILITY_TIMEOUT in seconds, ``part`` the part of it after which a lease is renewed.
    """

    visibility: int
    part: float
    files: int = 8

    @property
    def calls_an_hour(self) -> float:
        return self.files * 3600 / (self.visibility * self.part)

    def dollars_a_month(self, prices: Prices) -> float:
        """Of 730 hours."""
        return self.calls_an_hour * 730 / 10_000 * prices.queue


def cost_of_a_million(prices: Prices, characters: int) -> Iterator[tuple[str, float]]:
    """What a million files cost in storage calls and in the engine, in dollars, part by part."""
    kinds: dict[str, float] = {}
    for figures in baseline.read().values():
        for kind, number in figures.items():
            kinds[kind] = kinds.get(kind, 0.0) + number
    price = {
        "queue": prices.queue,
        "table": prices.table,
        "blob GET": prices.blob_read,
        "blob PUT": prices.blob_write,
    }
    for part in ("queue", "table", "blob GET", "blob PUT"):
        number = sum(number for kind, number in kinds.items() if kind.startswith(part))
        yield part, number * 1_000_000 / 10_000 * price[part]
    yield "engine", characters * prices.million_characters
