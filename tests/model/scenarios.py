"""Bounds in which the protocol is walked through: small jobs, few processes, one or two faults of a kind."""

from collections.abc import Mapping
from typing import Any

Bounds = Mapping[str, Any]

_ONE_PAGE = ((0, 1),)
_ONE_FILE = ((0,),)
#: The protocol as it is built: a slice goes on behind `after`; transactions and hands hold one file.
_BUILT: Bounds = {"skip": "after", "bs": 1, "grp": 1}
#: The sweep and the message of a job as they are built: the open row names the message that counts.
_SWEPT: Bounds = {**_BUILT, "holder": 1, "sweeps": 2, "start": "sealed", "retryorder": "casfirst"}

#: Every state of these keeps the promises, and the job's end stays within reach.
SOUND: Mapping[str, Bounds] = {
    "two pages and a crash": {**_BUILT, "pages": ((0, 1), (2,)), "crash": 1},
    "a retry, a crash and a failure": {
        **_BUILT, "pages": _ONE_FILE, "start": "onefailed", "nretry": 1, "crash": 1, "fail": 1,
    },
    "a retry and a write that lands late": {
        **_BUILT, "pages": _ONE_FILE, "start": "onefailed", "nretry": 1, "late": 1, "fail": 1,
    },
    "a retry, a cancel and a crash": {
        **_BUILT, "pages": _ONE_FILE, "start": "onefailed", "nretry": 1, "cancel": 1, "crash": 1,
    },
    "two dispatchers and a lease that lapses": {**_BUILT, "pages": _ONE_FILE, "nd": 2, "exp": 1, "crash": 1},
    "an API that dies while it retries, and the sweep": {
        **_BUILT, "pages": _ONE_PAGE, "start": "onefailed", "nretry": 1, "pause": 1, "sweep": 1, "crash": 1,
    },
    "a dispatch message that is gone, and the sweep": {
        **_BUILT, "pages": _ONE_PAGE, "pause": 1, "sweep": 1, "dlq": 1, "crash": 1,
    },
    "a sweep that takes a waiting job for lost": {**_SWEPT, "pages": _ONE_FILE, "crash": 1},
    "a sweep and a message that is gone": {**_SWEPT, "pages": _ONE_FILE, "dlq": 1, "start": "submit"},
}  # fmt: skip

#: Variants that look simpler, and what each of them breaks. They prove that the walk can find a fault.
BROKEN: Mapping[str, tuple[Bounds, str]] = {
    "a retry that only touches the job row": (
        {"pages": _ONE_PAGE, "start": "onefailed", "retry": "naive", "close": "joblast", "nretry": 1},
        "closed while a file row is pending",
    ),
    "a close that ignores a retry under way": (
        {**_BUILT, "pages": _ONE_PAGE, "start": "onefailed", "rdonecheck": 0, "nretry": 1},
        "closed while a file row is pending",
    ),
    "skipped files counted when the marker moves": (
        {**_BUILT, "pages": _ONE_PAGE, "nd": 2, "exp": 1, "crash": 1, "unchanged": (1,), "slice": "naive"},
        "counted 2 times",
    ),
    "no sweep": ({**_BUILT, "pages": _ONE_FILE, "dlq": 1, "start": "sealed"}, "stuck"),
    "no second sending of pending files": (
        {**_BUILT, "pages": _ONE_FILE, "start": "onefailed", "nretry": 1, "crash": 1, "watchresend": 0},
        "stuck",
    ),
    "a sweep that leaves the lost message's name in the open row": (
        {**_SWEPT, "pages": _ONE_FILE, "dlq": 1, "letgo": 0},
        "stuck",
    ),
}
