"""What goes between us and a member: frames of JSON, and documents as the bytes they are.

Never pickle: who reads hostile documents must not be able to make its owner run anything.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any

from libs.translation.segments import Close, Open, Segment, Standalone, Text, Token

#: Segments of a frame, so that no step takes long or doubles the memory of a large document.
_FRAME_SEGMENTS = 4_096
#: What a segment takes besides its texts, and each of its tokens besides its own text (bytes; CPython).
_SEGMENT_BYTES, _TOKEN_BYTES = 56, 48
#: A frame is JSON in ASCII, in which a character is six bytes at most.
_FRAME_BYTES_A_BYTE = 8
_CODES: dict[str, type[Open | Close | Standalone]] = {"o": Open, "c": Close, "s": Standalone}
_NAMES = {code: name for name, code in _CODES.items()}


#: The refusal of a member that ran out of memory. Its owner says how much the document wants.
TOO_COMPLEX = "too_complex"


@dataclass(frozen=True, slots=True)
class Order:
    """What a member is to do with the document that follows: give its segments, or ``render`` it with the
    translations that follow, too.
    """

    form: str
    language: str
    options: dict[str, str]
    render: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a member answers in the place of a result. ``code`` is a `PermanentFault`'s; without one the
    format has a bug, and ``trace`` tells where. After the ``last`` answer the member ends.
    """

    code: str
    message: str
    trace: str = ""
    last: bool = False


class Overfull(Exception):
    """What a member sends takes more memory than its owner has for the document."""


class Refused(Exception):
    """A refusal was received."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def send_order(connection: Connection, order: Order, data: bytes, translations: Sequence[Segment]) -> None:
    _send(connection, asdict(order))
    connection.send_bytes(data)
    if order.render:
        send_segments(connection, translations)


def received_order(connection: Connection) -> tuple[Order, bytes, list[Segment]]:
    """Raises EOFError when there is nobody to send another."""
    order = Order(**_received(connection))
    data = connection.recv_bytes()
    return order, data, received_segments(connection) if order.render else []


def send_segments(connection: Connection, segments: Sequence[Segment]) -> None:
    for start in range(0, len(segments), _FRAME_SEGMENTS):
        _send(connection, [_packed(segment) for segment in segments[start : start + _FRAME_SEGMENTS]])
    _send(connection, [])


def received_segments(connection: Connection, most: int | None = None) -> list[Segment]:
    """Raises `Refused`, and `Overfull` as soon as the segments take more than ``most`` bytes."""
    return list(chain.from_iterable(_frames(connection, most)))


def send_document(connection: Connection, data: bytes) -> None:
    _send(connection, [])
    connection.send_bytes(data)


def received_document(connection: Connection, most: int | None = None) -> bytes:
    """Raises `Refused`, and `Overfull` when it has more than ``most`` bytes."""
    _received(connection)
    return _bytes(connection, most)


def send_refusal(connection: Connection, refusal: Refusal) -> None:
    _send(connection, asdict(refusal))


def _frames(connection: Connection, most: int | None) -> Iterator[list[Segment]]:
    taken = 0
    while frame := _received(connection, None if most is None else most * _FRAME_BYTES_A_BYTE):
        segments = [_unpacked(segment) for segment in frame]
        taken += sum(map(_weight, segments)) if most is not None else 0
        if most is not None and taken > most:
            raise Overfull
        yield segments


def _weight(segment: Segment) -> int:
    """Bytes that it takes in memory."""
    texts = sum(sys.getsizeof(token.text) for token in segment if isinstance(token, Text))
    return _SEGMENT_BYTES + _TOKEN_BYTES * len(segment) + texts


def _bytes(connection: Connection, most: int | None) -> bytes:
    try:
        return connection.recv_bytes(most)
    except OSError as error:
        # A connection that met a message which is too long cannot be read any more.
        if most is not None and (connection.closed or not connection.readable):
            raise Overfull from error
        raise


def _send(connection: Connection, content: object) -> None:
    connection.send_bytes(json.dumps(content).encode("ascii"))


def _received(connection: Connection, most: int | None = None) -> Any:
    content = json.loads(_bytes(connection, most))
    if isinstance(content, dict) and "trace" in content:
        raise Refused(Refusal(**content))
    return content


def _packed(segment: Segment) -> object:
    """Most segments are one text, and go as such."""
    if len(segment) == 1 and isinstance(segment[0], Text):
        return segment[0].text
    return [token.text if isinstance(token, Text) else _code(token) for token in segment]


def _code(token: Token) -> tuple[str, int]:
    return _NAMES[type(token)], token.code  # type: ignore[index, union-attr]  # a `Term` never gets here


def _unpacked(packed: Any) -> Segment:
    if isinstance(packed, str):
        return (Text(packed),)
    return tuple(Text(token) if isinstance(token, str) else _CODES[token[0]](token[1]) for token in packed)
