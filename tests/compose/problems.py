"""How the check ends when it does not hold, and when it cannot run at all."""

from collections.abc import Sequence


class Missing(Exception):
    """The machine lacks something. The message names it and how to get it; the exit code is 2."""

    def __init__(self, what: str, lines: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.lines = tuple(lines)


class Failed(Exception):
    """Something that the project promises does not hold; ``lines`` are the last lines of its output."""

    def __init__(self, what: str, lines: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.lines = tuple(lines)
