"""What is stored packed comes out whole, within bounds, or not at all."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.errors import StorageRejected
from libs.common.storage.packed import unpacked


@given(st.lists(st.binary(max_size=20_000), min_size=1, max_size=5), st.integers(1, 50_000))
def test_members_come_out_one_behind_the_other_up_to_the_bound(members: list[bytes], most: int) -> None:
    packed = b"".join(map(gzip.compress, members))
    assert unpacked(packed, "gzip", most, whole=True) == b"".join(members)[:most]


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"text" * 1000)[:-9],
        gzip.compress(b"text" * 1000)[:-4] + b"0000",
        gzip.compress(b"a") + b"junk",
    ],
    ids=["cut short", "another sum", "followed by something else"],
)
def test_what_is_damaged_is_no_shorter_text(packed: bytes) -> None:
    with pytest.raises(StorageRejected, match="stored as gzip"):
        unpacked(packed, "gzip", 1_000_000, whole=True)


@pytest.mark.parametrize("encoding", [None, "", "br", "gzip", "identity"])
def test_what_is_not_packed_stays_as_it_is(encoding: str | None) -> None:
    assert unpacked(b"plain text", encoding, 1_000, whole=True) == b"plain text"


def test_deflate_is_unpacked_too() -> None:
    assert unpacked(zlib.compress(b"text"), "deflate", 1_000, whole=True) == b"text"
