"""Tables for a terminal: narrow columns stay whole; wide ones wrap, or stand on lines of their own."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: How ends of jobs and files look. What has failures never looks green.
STYLES: Mapping[str, str] = {
    "completed": "green",
    "succeeded": "green",
    "completed_with_errors": "yellow",
    "failed": "red",
    "cancelled": "bright_black",
    "skipped": "bright_black",
    "processing": "cyan",
    "cancelling": "yellow",
}
_HEAD = "bright_black"
_GAP = 2
#: Wide columns that would get fewer cells than this are put on lines of their own.
_LEAST_ROOM = 24


def print_table(
    console: Console,
    columns: Sequence[str],
    lines: Sequence[Sequence[str]],
    wide: Sequence[str],
    *,
    head: bool,
) -> None:
    """``lines`` are not empty. ``wide`` are the last of ``columns``."""
    widths = [max(cell_len(cell) for cell in cells) for cells in zip(columns, *lines, strict=True)]
    narrow = len(columns) - len(wide)
    room = console.width - sum(widths[:narrow]) - _GAP * narrow
    draw = _grid if room >= _LEAST_ROOM * len(wide) else _stack
    draw(console, columns, lines, widths[:narrow], head=head)


def _grid(
    console: Console,
    columns: Sequence[str],
    lines: Sequence[Sequence[str]],
    widths: Sequence[int],
    *,
    head: bool,
) -> None:
    table = Table(show_header=head, box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style=_HEAD)
    for place, column in enumerate(columns):
        # A column of a given width is never squeezed; the others wrap.
        width = widths[place] if place < len(widths) else None
        justify = "right" if _is_number(lines, place) else "left"
        table.add_column(column, justify=justify, overflow="fold", width=width)  # type: ignore[arg-type]  # of the two
    for line in lines:
        table.add_row(*(_cell(text) for text in line))
    console.print(table)


def _stack(
    console: Console,
    columns: Sequence[str],
    lines: Sequence[Sequence[str]],
    widths: Sequence[int],
    *,
    head: bool,
) -> None:
    """Narrow cells in columns, and what is wide below them."""
    gap = " " * _GAP
    narrow = len(widths)
    sizes = list(zip(range(narrow), widths, strict=True))
    if head:
        titles = gap.join(_sized(columns[place], width, _is_number(lines, place)) for place, width in sizes)
        console.print(Text(titles.rstrip(), style=_HEAD), soft_wrap=True)
    for line in lines:
        row = Text()
        for place, width in sizes:
            row.append(_sized(line[place], width, _is_number(lines, place)) + gap, STYLES.get(line[place]))
        row.rstrip()
        console.print(row, soft_wrap=True)
        rest = gap.join(cell for cell in line[narrow:] if cell)
        if rest:
            console.print(Text(gap + rest), soft_wrap=True)


def _sized(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else set_cell_size(text, width)


def _is_number(lines: Sequence[Sequence[str]], place: int) -> bool:
    """`2,000+`, a lower bound, is one too."""
    return all(line[place].replace(",", "").removesuffix("+").isdigit() for line in lines)


def _cell(text: str) -> Text:
    return Text(text, style=STYLES.get(text, ""))
