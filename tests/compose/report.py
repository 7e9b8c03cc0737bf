"""What the check prints: a line for each thing as it is known, and one table of all at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Row:
    #: What was tried.
    what: str
    #: What came out of it.
    figure: str
    #: How long it took; None where that says nothing.
    seconds: float | None = None


@dataclass(slots=True)
class Report:
    notes: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    #: Finished tables of their own: alerts, queries.
    tables: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        """A sentence of what the run stands on: Engine, images, times."""
        self.notes.append(line)
        print(f"compose-check: {line}", flush=True)

    def row(self, what: str, figure: str, seconds: float | None = None) -> None:
        self.rows.append(Row(what, figure, seconds))
        took = "" if seconds is None else f" ({seconds:.1f} s)"
        print(f"compose-check: {what}: {figure}{took}", flush=True)

    def page(self) -> str:
        cells = [
            (row.what, "" if row.seconds is None else f"{row.seconds:.1f}", row.figure) for row in self.rows
        ]
        table = columns(("tried", "seconds", "outcome"), cells)
        return "\n\n".join([f"{datetime.now(UTC):%Y-%m-%d}", "\n".join(self.notes), table, *self.tables])


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Text in columns as wide as their widest cell."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)
