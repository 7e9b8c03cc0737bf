"""One process that takes documents apart, as its owner sees it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe

from libs.translation.documents.document import Original
from libs.translation.segments import Segment
from libs.translation.workbench.wire import (
    Order,
    Overfull,
    Refused,
    received_document,
    received_segments,
    send_order,
)

#: What a member runs; the socket's number, seconds and bytes are added.
COMMAND = (sys.executable, "-P", "-m", "libs.translation.workbench.process")
#: What large documents took goes back to the system with the process that read them, and a small leak never
#: adds up: a member is replaced after so many bytes, of which each document counts for some.
_LIFE_BYTES, _LEAST_BYTES = 8 * 1024 * 1024, 16 * 1024
#: What a document takes in its owner's process: three times its texts (they, their translations, and both on
#: their way to the engine; 2.3 measured with CSV of short cells), and three files (as it came, as it was
#: rendered, and a copy on its way to storage).
_TEXTS, _FILES = 3, 3
#: The texts of a small document may take so many bytes in any case: an odd one may have many codes.
_LEAST_TEXTS = 256 * 1024
#: A killed process is gone in milliseconds, unless it hangs in the kernel (seconds).
_BURIAL = 10.0


class MemberDied(Exception):
    """It ended instead of answering."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of each member: the ``seconds`` one order may take, the ``memory`` in bytes it may have."""

    seconds: float
    memory: int


class Member:
    """Its calls block: they belong into a thread, `greeted` before all others. `kill` may be called beside
    them, and ends them at once.
    """

    def __init__(self, limits: Limits, command: Sequence[str] = COMMAND) -> None:
        """Raises OSError when no process can be started."""
        self._left = _LIFE_BYTES
        self.is_new = True
        self._connection, others = Pipe()
        with ExitStack() as opened:
            opened.enter_context(others)
            opened.callback(self._connection.close)
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [*command, str(others.fileno()), str(limits.seconds), str(limits.memory)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment(),
                pass_fds=[others.fileno()],
                start_new_session=True,  # Ctrl-C is not for it
            )
            opened.pop_all()
            others.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it may be given another order."""
        return self._left > 0 and self._process.poll() is None

    def greeted(self) -> None:
        """Wait until it has started. Raises `MemberDied`."""
        self.is_new = False
        try:
            self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise MemberDied(self._obituary()) from error

    def segments(self, original: Original) -> list[Segment]:
        """Raises `MemberDied`, `Refused`, and `Overfull` when they take more than ``original.memory``."""
        with self._ordered(original) as answer:
            return received_segments(answer, _for_texts(original))

    def rendered(self, original: Original, translations: Sequence[Segment]) -> bytes:
        """Raises `MemberDied`, `Refused`, and `Overfull` when it takes more than ``original.memory``."""
        with self._ordered(original, translations) as answer:
            return received_document(answer, _for_a_file(original))

    def kill(self) -> None:
        """End whatever it does. Its owner's call, if there is one, raises `MemberDied`."""
        self._process.kill()

    def close(self) -> None:
        """End it and wait until it is gone."""
        self.kill()
        self._connection.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_BURIAL)

    @contextmanager
    def _ordered(
        self, original: Original, translations: Sequence[Segment] | None = None
    ) -> Iterator[Connection]:
        is_render = translations is not None
        order = Order(original.form.name, original.language, dict(original.options), is_render)
        left, self._left = self._left - max(len(original.data), _LEAST_BYTES), 0
        try:
            with suppress(ConnectionError):  # it may have refused the document halfway, and said so
                send_order(self._connection, order, original.data, translations or ())
            yield self._connection
        except Refused as answer:
            self._left = 0 if answer.refusal.last else left
            raise
        except Overfull:
            self.kill()  # nobody reads the rest of its answer
            raise
        except (EOFError, OSError) as error:
            raise MemberDied(self._obituary()) from error
        self._left = left

    def _obituary(self) -> str:
        try:
            code = self._process.wait(_BURIAL)
        except subprocess.TimeoutExpired:
            return "hangs, and cannot be ended"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"left with exit code {code}"


def _for_texts(original: Original) -> int | None:
    """Bytes that the segments of a document may take."""
    if original.memory is None:
        return None
    return max(_LEAST_TEXTS, (original.memory - _FILES * len(original.data)) // _TEXTS)


def _for_a_file(original: Original) -> int | None:
    """Bytes that the rendered document may have."""
    return None if original.memory is None else max(_LEAST_TEXTS, original.memory // _FILES)


def _environment() -> dict[str, str]:
    """It imports from where we do, and knows none of our secrets."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}
