"""What travels in the queues: JSON with a version field, plain ASCII, well below the 64 KiB of a message."""

import json
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.common.clock import utc_now
from libs.common.language import LANGUAGE_TAG

#: Longest blob name (Azure Blob Storage naming rules), in characters.
LONGEST_NAME = 1024

#: Largest dead letter (ASCII characters): well below the 64 KiB of a message, however a queue counts them.
_LARGEST_LETTER = 48 * 1024
_LONGEST_ERROR = 1000

#: An entity's ETag; neither `*`, which would match any version, nor what no header may hold.
_TAG = r'^(W/)?"[\x21\x23-\x7e]{1,250}"$'
#: More than any message goes through, and what a row holds (Edm.Int32).
_MOST = 1_000_000
JobId = Annotated[str, Field(pattern=r"^[0-9a-f]{12}-[0-9a-f]{10}$")]


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    job_id: JobId
    #: The trace it belongs to (W3C Trace Context); empty: none. What cannot be read as one is none.
    traceparent: str = ""

    def encode(self) -> str:
        # Names may hold anything Unicode has; escaped, they pass the queue's XML unharmed.
        return json.dumps(self.model_dump(), separators=(",", ":"))


class DispatchTask(Message):
    """Asks the dispatchers to look after a job. There is one such message a job while it runs; of two the
    ``~open`` row names the one that counts.
    """

    action: Literal["run", "purge"] = "run"
    #: Of a purge: the retries the job had then; a job that was retried since is not the one to delete.
    retries: Annotated[int, Field(ge=0)] = 0
    #: When pending files were last sent again for want of movement (RFC 3339).
    resent_at: str = ""
    #: How often that was done on a guess.
    guesses: Annotated[int, Field(ge=0)] = 0
    #: When it becomes visible (Unix time, by the queue service's clock); 0: when it is sent.
    due_at: Annotated[float, Field(ge=0)] = 0.0
    #: Seconds by which its pauses are longer than usual, because there are more jobs than can be looked at.
    stretch: Annotated[float, Field(ge=0)] = 0.0
    #: The cursor at which a search for pending files, or a purge, goes on; empty: at the beginning.
    behind: str = ""
    #: Of a purge: whether the walk under way has met a row.
    removed: bool = False


class FileTask(Message):
    """One source file into one language.

    ``tag`` is the fence: the ETag the file row had when this message was made. ``attempts`` are those spent
    so far, ``troubles`` the deliveries in a row for which storage answered everything but what this file
    needs, ``releases`` the times the message was handed back on purpose: what the queue's own delivery
    count says beyond them are deliveries that ended without a result. ``again`` says that another message of
    the same tag may be about: the row tells whether there is still something to do.
    """

    language: Annotated[str, Field(pattern=LANGUAGE_TAG)]
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    tag: Annotated[str, Field(pattern=_TAG)]
    size: Annotated[int, Field(ge=0, lt=2**63)]
    attempts: Annotated[int, Field(ge=0, le=_MOST)] = 0
    releases: Annotated[int, Field(ge=0, le=_MOST)] = 0
    again: bool = False
    troubles: Annotated[int, Field(ge=0, le=_MOST)] = 0

    def lost_deliveries(self, deliveries: int) -> int:
        """Deliveries before this one that ended without a result (a crash, a lost lease)."""
        return max(0, deliveries - 1 - self.releases)

    def released(self, *, attempt_spent: bool, trouble: bool = False) -> "FileTask":
        """The message as it goes back. Any delivery that ends without ``trouble`` begins its count again."""
        return self.model_copy(
            update={
                "releases": self.releases + 1,
                "attempts": self.attempts + int(attempt_spent),
                "troubles": self.troubles + 1 if trouble else 0,
            }
        )

    def sent_again(self) -> "FileTask":
        return self.model_copy(update={"again": True})


class NotifyTask(Message):
    """Asks that an end of a job be told: the one after so many ``retries``. ``attempts`` are those before
    this message; one that names fewer than the job row does is of another time.
    """

    retries: Annotated[int, Field(ge=0)]
    attempts: Annotated[int, Field(ge=0)] = 0


class Undecodable(Exception):
    """A message that is none of ours, of another version, or damaged."""


MessageT = TypeVar("MessageT", bound=Message)


def decode(kind: type[MessageT], body: str) -> MessageT:
    """Raises `Undecodable` with one line that says what is wrong."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Undecodable(f"{where}: {first['msg']}" if where else str(first["msg"])) from None


def dead_letter(
    *, message_id: str, body: str, job_id: str | None, error: str, reason: str, attempts: int
) -> str:
    """A dead letter: the given-up message as it was, and why. What does not fit in a message is cut off."""
    letter = {
        "original_message_id": message_id,
        "error": error[:_LONGEST_ERROR],
        "timestamp": utc_now(),
        "reason": reason,
        "attempts": attempts,
        "job_id": job_id,
        "message": body,
    }
    while len(encoded := json.dumps(letter)) > _LARGEST_LETTER:
        # Foreign messages may be 64 KiB already, and escaping them takes more.
        body = body[: len(body) // 2]
        letter["message"] = body
    return encoded
