"""The program: every command, and what becomes of their errors: one line on stderr and an exit code."""

import io
import os
import sys
from collections.abc import Sequence
from typing import TextIO

import click
from click.exceptions import NoArgsIsHelpError

from libs.client.cli import (  # noqa: F401 - each import adds its commands
    completion_command,
    file_commands,
    job_commands,
    operator_commands,
    request_commands,
    translate_command,
)
from libs.client.cli.exits import Exit
from libs.client.cli.group import program
from libs.client.cli.terminal import Terminal
from libs.client.cli.words import plain
from libs.client.errors import ClientError

_NAME = "batch-translate"


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the locale cannot write is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(None, sys.stdout, sys.stderr))


def run(arguments: Sequence[str] | None, out: TextIO, err: TextIO) -> int:
    """One run, errors told; None takes the arguments of the process."""
    terminal = Terminal(out, err)
    try:
        end = program.main(arguments, _NAME, standalone_mode=False, obj=terminal)
        out.flush()
    except (click.ClickException, click.Abort, KeyboardInterrupt) as stopped:
        return _stopped(terminal, stopped)
    except BrokenPipeError:
        # Whoever read has read enough; nothing may be written any more, not even at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.ERROR
    except (ClientError, OSError) as error:
        terminal.note(f"error: {plain(str(error))}")
        return Exit.ERROR
    return int(end or Exit.DONE)


def _stopped(terminal: Terminal, stopped: BaseException) -> Exit:
    if isinstance(stopped, NoArgsIsHelpError):
        terminal.note(stopped.format_message())
        return Exit.USAGE
    if isinstance(stopped, click.ClickException):
        context = stopped.ctx if isinstance(stopped, click.UsageError) else None
        path = _NAME if context is None else context.command_path
        said = " ".join(stopped.format_message().split())
        terminal.note(f"error: {plain(said)} See: {path} --help")
        return Exit.USAGE
    terminal.note("Interrupted")
    return Exit.INTERRUPTED
