"""Blobs that were stored packed (`Content-Encoding`), unpacked within bounds: a small one may be huge."""

import zlib

#: What zlib is told (RFC 1950, 1952), by what stands in the header.
_WBITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def unpacked(data: bytes, encoding: str | None, most: int) -> bytes:
    """The first ``most`` bytes of what ``data`` holds. What is packed in a way of which nothing is known
    here, or is not packed as it says, stays as it is.
    """
    bits = _WBITS.get((encoding or "").strip().lower())
    if bits is None:
        return data
    pieces, rest, room = [], data, most
    try:
        while rest and room > 0:  # gzip may be several, one behind the other (RFC 1952, 2.2)
            member = zlib.decompressobj(bits)
            pieces.append(member.decompress(rest, room))
            room, rest = room - len(pieces[-1]), member.unused_data
    except zlib.error:
        return b"".join(pieces) if pieces else data
    return b"".join(pieces)
