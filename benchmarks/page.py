"""docs/benchmarks.md: what is generated stands between markers, the rest is written by hand."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from deploy.local.node import find_node
from deploy.local.places import HERE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_SDKS = ("azure-storage-blob", "azure-storage-queue", "azure-data-tables", "aiohttp")


def write_section(name: str, lines: Sequence[Sequence[str]], notes: Iterable[str]) -> None:
    """A table and notes under it, in place of what stood between the markers of ``name``."""
    text = "\n".join([*markdown(lines), "", *(f"{note}\n" for note in notes)])
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def replaced(page: str, name: str, text: str) -> str:
    """Raises ValueError where the page has no such markers: a figure nobody finds is none."""
    pattern = re.compile(rf"(<!-- {name} -->\n)(?:.*?\n)??(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"{PAGE.name} has no markers of {name!r}")
    return pattern.sub(lambda found: f"{found[1]}{text.rstrip()}\n{found[2]}", page)


def markdown(lines: Sequence[Sequence[str]]) -> list[str]:
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    return [rows[0], "|" + "---|" * len(lines[0]), *rows[1:]]


def machine() -> str:
    """Date, machine and versions, as a line."""
    node = subprocess.run(
        [find_node().program, "--version"], capture_output=True, text=True, check=True, timeout=20
    ).stdout.strip()
    sdks = ", ".join(f"{name} {version(name)}" for name in _SDKS)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {len(os.sched_getaffinity(0))} of {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, Node {node}, "
        f"Azurite {_azurite()}, {sdks}."
    )


def _azurite() -> str:
    package = (HERE / "node_modules" / "azurite" / "package.json").read_text(encoding="utf-8")
    found = re.search(r'"version": "([^"]+)"', package)
    return found[1] if found else "unknown"
