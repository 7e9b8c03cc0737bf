r"""Keys of the ledger's rows.

Table ``translationjobs``, partition ``job``: a job's row key is its id; ids begin with inverted time, so
that a plain range read lists the newest first; partition ``budget``: one row an engine. Table
``translationfiles``, partition = job id: ``f:`` file rows, ``x:`` the index of failed ones, ``c:`` one
counter row a process (``c:`` alone and ``c;``: processes that are gone), ``d`` the dispatch row, ``b`` the
purse of a job whose characters are limited.

Row keys may not hold ``/ \ # ?`` or control characters and have at most 1 KiB of UTF-16 (Azure Table data
model), so names are percent-encoded, and long ones cut and ended with their hash.
"""

import hashlib
import re
import secrets
import time
from datetime import datetime
from urllib.parse import quote

JOBS_PARTITION = "job"
ALLOWANCES_PARTITION = "budget"
DISPATCH_KEY = "d"
PURSE_KEY = "b"
COUNTERS = "c:"
#: The counter row of processes that are gone, in front of all others; and the mark of its last change.
FOLDED, FOLDS = "c:", "c;"
FILES = "f:"
FAILURES = "x:"
OPEN = "~open:"
OWED = "~notify:"
IDEMPOTENCY = "~k:"
#: Behind every key that begins with a letter, digit or ``~``.
AFTER_ALL = "~~"

_LONGEST_NAME = 400
_CLOCK_END = 2**48 - 1
_JOB_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{10}")


def new_job_id() -> str:
    """``<inverted milliseconds>-<random>``: 12 and 10 hexadecimal digits."""
    return f"{_CLOCK_END - time.time_ns() // 1_000_000:012x}-{secrets.token_hex(5)}"


def oldest_id_of(moment: datetime) -> str:
    """A key in front of the ids of all jobs made before ``moment``."""
    return f"{_CLOCK_END - int(moment.timestamp() * 1000):012x}"


def is_job_id(text: str) -> bool:
    return _JOB_ID.fullmatch(text) is not None


def open_key(job_id: str) -> str:
    return OPEN + job_id


def owed_key(job_id: str) -> str:
    return OWED + job_id


def idempotency_key(key: str) -> str:
    """The caller's key may hold anything; its hash may stand in a row key."""
    return IDEMPOTENCY + hashlib.sha256(key.encode()).hexdigest()


def counter_key(writer: str) -> str:
    return COUNTERS + writer


def file_key(language: str, name: str) -> str:
    return f"{FILES}{language}:{_name_key(name)}"


def failure_key(language: str, name: str) -> str:
    return f"{FAILURES}{language}:{_name_key(name)}"


def beginning(rows: str, language: str, text: str) -> str:
    """What the keys of ``rows`` (`FILES`, `FAILURES`) begin with for names that begin with ``text``. For a
    long ``text``, or one that ends in ``~``, other names' keys may begin so too.
    """
    # `end_of` makes of a `~` a control character, which no query may hold.
    return f"{rows}{language}:{quote(text, safe='', errors='replace')[:_LONGEST_NAME]}".rstrip("~")


def _name_key(name: str) -> str:
    encoded = quote(name, safe="")
    if len(encoded) <= _LONGEST_NAME:
        return encoded
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{encoded[:_LONGEST_NAME]}~{digest}"


def end_of(prefix: str) -> str:
    """The smallest key behind every key that begins with ``prefix``."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
