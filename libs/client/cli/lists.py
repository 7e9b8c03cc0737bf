"""Lists as tables or as JSON, a bounded number of items held at a time."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import click

from libs.client.cli.terminal import Terminal
from libs.client.records import Record

RecordT = TypeVar("RecordT", bound=Record)
CommandT = TypeVar("CommandT", bound=Callable[..., Any])
#: Items written at once; a table's columns are as wide as these need.
_HELD = 1000


@dataclass(frozen=True, slots=True)
class Shape(Generic[RecordT]):
    """How items of a kind become a table; ``wide`` columns wrap where there is too little room."""

    columns: Sequence[str]
    row: Callable[[RecordT], Sequence[str]]
    wide: Sequence[str]
    empty: str


def list_options(limit: int) -> Callable[[CommandT], CommandT]:
    """Adds ``--limit`` and ``--all``."""

    def decorate(command: CommandT) -> CommandT:
        number = click.option(
            "-n",
            "--limit",
            type=click.IntRange(min=1),
            default=limit,
            show_default=True,
            help="At most so many.",
        )
        every = click.option("--all", "everything", is_flag=True, help="Every one, however many.")
        return number(every(command))

    return decorate


async def show_list(
    terminal: Terminal, items: AsyncIterator[RecordT], shape: Shape[RecordT], limit: int | None
) -> None:
    """The first ``limit`` items, or all."""
    held: list[RecordT] = []
    shown, more = 0, False
    async for item in items:
        if shown + len(held) == limit:
            more = True
            break
        held.append(item)
        if len(held) == _HELD:
            _show(terminal, held, shape, first=shown == 0)
            shown += len(held)
            held.clear()
    _show(terminal, held, shape, first=shown == 0)
    shown += len(held)
    if terminal.as_json:
        terminal.json_end(empty=shown == 0)
    if not shown:
        terminal.note(shape.empty)
    if more:
        terminal.note(f"The first {limit}; --limit or --all shows more.")


def _show(terminal: Terminal, items: Sequence[RecordT], shape: Shape[RecordT], *, first: bool) -> None:
    if terminal.as_json:
        terminal.json_items(items, first=first)
    else:
        terminal.table(shape.columns, [shape.row(item) for item in items], shape.wide, head=first)
