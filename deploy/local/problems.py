from collections.abc import Sequence


class LocalStackError(Exception):
    """Something the person at the terminal has to know, in one line; `lines` are the last log lines of
    the program it is about, oldest first.
    """

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.lines = tuple(lines)


class ProcessDied(LocalStackError):
    """A program ended although it was still needed."""


class NotReady(LocalStackError):
    """A program runs, but did not become ready in the time it was given."""
