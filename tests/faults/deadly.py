"""A document format that does to its process what its documents say, and services and members that know it.

python -m tests.faults.deadly worker                  a service
python -m tests.faults.deadly <socket> <seconds> …    a member
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from libs.translation.documents import FORMATS
from libs.translation.documents.document import Document
from libs.translation.documents.txt import TextFormat
from libs.translation.workbench import process

COMMAND = (sys.executable, "-m", "tests.faults.deadly")


def _exit() -> NoReturn:
    os._exit(66)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _crash() -> None:
    """As a bug in native code ends a process."""
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


def _hang() -> NoReturn:
    while True:
        pass


def _eat() -> NoReturn:
    held: list[bytes] = []
    while True:
        held.append(bytes(1 << 20))


def _break() -> NoReturn:
    raise ZeroDivisionError("a bug")


DEEDS: dict[bytes, Callable[[], object]] = {
    b"exit": _exit,
    b"kill": _kill,
    b"crash": _crash,
    b"hang": _hang,
    b"eat": _eat,
    b"break": _break,
}


class DeadlyFormat:
    """Text, unless it is a deed."""

    name = "deadly"
    extensions = frozenset({".deadly"})
    content_type = "text/plain"
    memory_a_byte = 1
    inline_bytes = 0

    def parse(self, data: bytes, language: str) -> Document:
        if deed := DEEDS.get(data):
            deed()
        return TextFormat().parse(data, language)


DEADLY = DeadlyFormat()

if __name__ == "__main__":
    process.main((*FORMATS, DEADLY))
