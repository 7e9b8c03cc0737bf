"""How much memory each service has, and what may fill it: one table for all places it is deployed to.

python -m deploy.memory_reference           writes the table into docs/deployment.md
python -m deploy.memory_reference --check   writes nothing; exit code 1 when it is not current

Tests compare the manifests, the templates and docker-compose.yml with the table.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from libs.common.settings.memory import MIB, MemoryNeed

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "deployment.md"
_OWN, _CHAIN, _SAMPLES = 128, 320, 64


@dataclass(frozen=True, slots=True)
class Row:
    """Of one service at one place: the ``limit`` of its container in MiB, and what its settings allow it to
    take, with Apertium as its engine. None: the service reads no documents.
    """

    place: str
    service: str
    limit: int
    need: MemoryNeed | None


def _need(files: int, document: int, engine: int) -> MemoryNeed:
    return MemoryNeed(_OWN * MIB, files * MIB, 2, document * MIB, engine * MIB)


_WORKER = _need(512, 512, _CHAIN)
#: Estimates read samples; it translates nothing.
_API = _need(_SAMPLES, 128, 0)
PLACES = ("Kubernetes", "Container Apps", "compose")
TABLE = (
    Row("Kubernetes", "api", 512, _API),
    Row("Kubernetes", "dispatcher", 512, None),
    Row("Kubernetes", "worker", 3072, _WORKER),
    Row("Container Apps", "api", 1024, _API),
    Row("Container Apps", "dispatcher", 512, None),
    Row("Container Apps", "worker", 2048, _WORKER),
    Row("compose", "api", 512, _API),
    Row("compose", "dispatcher", 512, None),
    Row("compose", "worker", 2048, _WORKER),
)


def row_of(place: str, service: str) -> Row:
    return next(row for row in TABLE if (row.place, row.service) == (place, service))


def main() -> int:
    now = DOCUMENT.read_text("utf-8")
    page = _page(now)
    if "--check" in sys.argv[1:]:
        return int(page != now)
    DOCUMENT.write_text(page, "utf-8")
    return 0


def _page(page: str) -> str:
    table = "\n".join(_lines())
    return re.sub(
        r"(<!-- memory -->\n)(?:.*?\n)?(<!-- /memory -->)", rf"\g<1>{table}\n\g<2>", page, flags=re.DOTALL
    )


def _lines() -> Iterator[str]:
    yield (
        "| where | service | limit | itself | `MAX_BYTES_IN_FLIGHT` | processes x `DOCUMENT_MEMORY_BYTES` "
        "| engine | together |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for row in TABLE:
        if row.need is None:
            yield f"| {row.place} | {row.service} | {row.limit} | | | | | |"
            continue
        own, files, document, engine, total = (
            size // MIB
            for size in (row.need.own, row.need.files, row.need.document, row.need.engine, row.need.total)
        )
        each = f"{row.need.processes} x {document}"
        held = f"{files} (samples)" if row.service == "api" else f"{files}"
        yield f"| {row.place} | {row.service} | {row.limit} | {own} | {held} | {each} | {engine} | {total} |"


if __name__ == "__main__":
    sys.exit(main())
