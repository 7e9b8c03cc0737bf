"""What a member runs: python -m libs.translation.workbench.process <socket> <seconds> <bytes>

It reads orders from the socket until nobody is left to send one. It never outlives its owner for longer than
one order may take: a killed owner is an end of file to an idle member, and a busy one has an alarm.
"""

import contextlib
import resource
import signal
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from libs.translation.documents import FORMATS
from libs.translation.documents.document import DocumentFormat, Original
from libs.translation.errors import PermanentFault
from libs.translation.segments import Segment
from libs.translation.workbench.wire import (
    TOO_COMPLEX,
    Refusal,
    received_order,
    send_document,
    send_refusal,
    send_segments,
)

#: How long after its deadline a member is ended by its own alarm, if its owner did not do it (seconds).
_GRACE = 2.0


def main(known: Iterable[DocumentFormat] = FORMATS) -> None:
    socket, seconds, memory = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    _settle_in(memory)
    formats = {form.name: form for form in known}
    # An owner that is gone, or hung up in the middle of an order: either way nobody waits for an answer.
    with Connection(socket) as owner, contextlib.suppress(EOFError, OSError):
        owner.send_bytes(b"ready")
        while True:
            signal.setitimer(signal.ITIMER_REAL, 0)
            owner.poll(None)
            signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
            if not _served(owner, formats):
                return


def _settle_in(memory: int) -> None:
    """Who stops a group of processes at once means the owner, who ends its members; if the kernel has to end
    somebody for want of memory, it shall be a member.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with contextlib.suppress(OSError):  # not everywhere is there such a file
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


_Outcome = Sequence[Segment] | bytes | Refusal


def _served(owner: Connection, formats: Mapping[str, DocumentFormat]) -> bool:
    """False: it was the last order."""
    try:
        order, data, translations = received_order(owner)
        original = Original(formats[order.form], data, order.language, order.options)
        _answer(owner, _outcome(original, translations if order.render else None))
    except MemoryError:
        pass  # what it was raised in is gone once this is left, and so is the document
    else:
        return True
    send_refusal(owner, Refusal(TOO_COMPLEX, "the document takes more memory than one may have", last=True))
    return False


def _outcome(original: Original, translations: Sequence[Segment] | None) -> _Outcome:
    try:
        document = original.taken_apart()
        return document.segments if translations is None else document.render(translations)
    except PermanentFault as fault:
        return Refusal(fault.code, str(fault))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug in a format is told, and costs nobody else anything
        message = f"{type(error).__name__}: {error}"
        return Refusal("", message, "".join(traceback.format_exception(error)))


def _answer(owner: Connection, outcome: _Outcome) -> None:
    match outcome:
        case Refusal():
            send_refusal(owner, outcome)
        case bytes():
            send_document(owner, outcome)
        case _:
            send_segments(owner, outcome)


if __name__ == "__main__":
    main()
