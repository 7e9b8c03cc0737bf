"""Where the program writes: results to stdout, all else to stderr; colour and width on a terminal only.

Off a terminal a table is lines of tab-separated values without a head, for `cut` and `awk`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn
from rich.text import Text

from libs.client.cli.tables import print_table
from libs.client.cli.words import plain


class Terminal:
    """Both streams of one run. With ``as_json`` stdout gets one JSON value and nothing else."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool = False) -> None:
        self._file, self._err_file = out, err
        self._out = Console(file=out, highlight=False, markup=False, emoji=False)
        self.err = Console(file=err, highlight=False, markup=False, emoji=False)
        self.as_json = as_json

    def with_json(self, *, as_json: bool) -> "Terminal":
        return Terminal(self._file, self._err_file, as_json=as_json)

    def say(self, text: str | Text) -> None:
        """A line of the result; not with JSON."""
        if not self.as_json:
            self._out.print(text, soft_wrap=True)

    def note(self, text: str | Text) -> None:
        """A line beside the result: what goes on, what to do next."""
        self.err.print(text, soft_wrap=True)

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        wide: Sequence[str] = (),
        *,
        head: bool = True,
    ) -> None:
        """``wide``, the last of the columns, give way where the terminal is narrow."""
        lines = [[plain(cell) for cell in row] for row in rows]
        if self.as_json or not lines:
            return
        if self._out.is_terminal:
            print_table(self._out, columns, lines, wide, head=head)
            return
        for line in lines:
            self._file.write("\t".join(line) + "\n")

    def json(self, value: object) -> None:
        self._file.write(json.dumps(_plain_value(value), indent=2) + "\n")

    def json_items(self, items: Iterable[BaseModel], *, first: bool) -> None:
        """Items of a list that is too long to be held: `[`, items, then `json_end`."""
        for item in items:
            text = json.dumps(_plain_value(item), indent=2).replace("\n", "\n  ")
            self._file.write(("[\n  " if first else ",\n  ") + text)
            first = False

    def json_end(self, *, empty: bool) -> None:
        self._file.write("[]\n" if empty else "\n]\n")


def bar() -> BarColumn:
    """In a colour that says neither good nor bad: what it comes to is said at the end."""
    return BarColumn(28, complete_style="cyan", finished_style="cyan", pulse_style="cyan")


def _plain_value(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {name: _plain_value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_value(item) for item in value]
    return value
