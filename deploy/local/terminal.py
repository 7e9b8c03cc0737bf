"""What the commands of the local stack say, and how they are told to end."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from deploy.local.problems import LocalStackError

COLOURS = {"azurite": "bright_black", "api": "cyan", "dispatcher": "magenta", "translator": "bold yellow"}
WORKER_COLOURS = ("green", "yellow", "blue", "bright_red")
NAME_WIDTH = 11
SHOWN_LINES = 15
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Terminal(Console):
    """Where the commands print. When its reader goes (`make up | head`), the program is asked to end:
    rich would exit on the spot and leave its children running.
    """

    def on_broken_pipe(self) -> None:
        self.quiet = True
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        signal.raise_signal(signal.SIGTERM)


def print_line(console: Console, name: str, line: str) -> None:
    """One line of a process, behind its name in its colour. What the line holds is never taken as markup."""
    prefix = (f"{name:<{NAME_WIDTH}}│ ", _colour(name))
    console.print(Text.assemble(prefix, Text.from_ansi(line)), soft_wrap=True, highlight=False)


def print_problem(console: Console, problem: LocalStackError) -> None:
    for line in problem.lines[-SHOWN_LINES:]:
        console.print(Text(f"  {line}", style="bright_black"), soft_wrap=True, highlight=False)
    console.print(Text(str(problem), style="bold red"), soft_wrap=True, highlight=False)


@dataclass(slots=True)
class Ending:
    """`asked` once somebody wants the program to end."""

    asked: bool = False


@contextmanager
def ended_by_signals() -> Iterator[Ending]:
    """Cancels the current task once on the first Ctrl-C, SIGTERM or hang-up, and swallows that cancellation.

    Later signals change nothing: the end is under way and bounded, and `make` passes on what the terminal
    or a supervisor has already sent to every process.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    ending = Ending()

    def ask() -> None:
        if not ending.asked and task:
            ending.asked = True
            task.cancel()

    # `nohup make up` is meant to live on when its terminal goes.
    numbers = [number for number in ENDING_SIGNALS if not _is_ignored_hang_up(number)]
    for number in numbers:
        loop.add_signal_handler(number, ask)
    try:
        yield ending
    except asyncio.CancelledError:
        if not ending.asked:
            raise
        if task:
            task.uncancel()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _is_ignored_hang_up(number: signal.Signals) -> bool:
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN


def _colour(name: str) -> str:
    worker, _, number = name.partition("-")
    if worker == "worker" and number.isdigit():
        return WORKER_COLOURS[int(number) % len(WORKER_COLOURS)]
    return COLOURS.get(name, "white")
