"""Figures with the goal beside each, and whether it was reached."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.page import machine, write_section


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` is to be ``most`` at most and ``least`` at least, where these are given."""

    what: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool:
        return (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )

    @property
    def goal(self) -> str:
        bounds = ((">=", self.least), ("<=", self.most))
        return " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)

    def cells(self) -> list[str]:
        unit = f" {self.unit}" if self.unit else ""
        verdict = "" if not self.goal else "yes" if self.reached else "NO"
        return [self.what, f"{_number(self.value)}{unit}", self.goal, verdict, self.note]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def table(figures: Sequence[Figure]) -> Iterator[list[str]]:
    yield ["", "figure", "goal", "reached", ""]
    for figure in figures:
        yield figure.cells()


def conclude(section: str, figures: Sequence[Figure], how: str, *, whole: bool) -> None:
    """Show the figures, write those of a ``whole`` run into the page, exit with 1 for a missed goal."""
    lines = list(table(figures))
    show(lines)
    if whole:
        write_section(section, lines, (how, machine()))
    sys.exit(0 if all(figure.reached for figure in figures) else 1)


def show(lines: Sequence[Sequence[str]]) -> None:
    shown = Table(*lines[0])
    for line in lines[1:]:
        shown.add_row(*line)
    Console(width=None if sys.stdout.isatty() else 150).print(shown)
