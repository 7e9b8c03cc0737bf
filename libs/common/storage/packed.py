"""Blobs that were stored packed (`Content-Encoding`), unpacked within bounds: a small one may be huge."""

import zlib

from libs.common.errors import StorageRejected

#: What zlib is told (RFC 1950, 1952), by what stands in the header.
_WBITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
#: Bytes given to zlib at once: at the end of each gzip member it copies those behind it.
_PIECE = 4 * 1024


def unpacked(data: bytes, encoding: str | None, most: int, *, whole: bool) -> bytes:
    """The first ``most`` bytes of what ``data`` holds. What is packed in a way of which nothing is known
    here, or is not packed at all, stays as it is. ``whole``: raises `StorageRejected` where it is damaged or
    ends too early.
    """
    bits = _WBITS.get((encoding or "").strip().lower())
    if bits is None or not _is_packed(data, bits):
        return data
    found, is_damaged = _inflated(data, bits, most)
    if is_damaged and whole:
        raise StorageRejected(f"the file is stored as {encoding}, and is damaged or cut short")
    return found


def _is_packed(data: bytes, bits: int) -> bool:
    if bits == zlib.MAX_WBITS:
        return len(data) > 1 and data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
    return data.startswith(b"\x1f\x8b")


def _inflated(data: bytes, bits: int, most: int) -> tuple[bytes, bool]:
    """Gzip may be several members, one behind the other (RFC 1952, 2.2)."""
    found, rest, place = bytearray(), b"", 0
    member = zlib.decompressobj(bits)
    try:
        while len(found) < most and (rest or place < len(data)):
            if not rest:
                rest, place = data[place : place + _PIECE], place + _PIECE
            if member.eof:
                member = zlib.decompressobj(bits)
            found += member.decompress(rest, most - len(found))
            rest = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error:
        return bytes(found), True
    return bytes(found), len(found) < most and not member.eof
