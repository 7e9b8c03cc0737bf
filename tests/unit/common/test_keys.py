"""Keys of the ledger: legal for Azure tables, and never one key for two things."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from libs.common.ledger import keys

LANGUAGES = st.from_regex(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}", fullmatch=True)
NAMES = st.text(min_size=1, max_size=1024) | st.text("ab/~%é👩", min_size=380, max_size=1024)

#: "Understanding the Table service data model": not in keys, beside the control characters.
FORBIDDEN = set("/\\#?") | {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)]}


@given(LANGUAGES, NAMES)
def test_a_key_is_legal_for_azure_tables_whatever_the_name(language: str, name: str) -> None:
    for key in (keys.file_key(language, name), keys.failure_key(language, name)):
        assert not FORBIDDEN & set(key)
        assert len(key.encode("utf-16-le")) <= 1024


@given(LANGUAGES, LANGUAGES, NAMES, NAMES)
def test_two_files_never_share_a_key(one: str, other: str, name: str, another: str) -> None:
    assert (keys.file_key(one, name) == keys.file_key(other, another)) == ((one, name) == (other, another))


@given(st.text(min_size=1024, max_size=1024), st.text(max_size=3), st.text(max_size=3))
def test_long_names_that_differ_at_the_end_differ_in_their_key(name: str, end: str, other: str) -> None:
    assert (keys.file_key("de", name + end) == keys.file_key("de", name + other)) == (end == other)


@given(LANGUAGES, NAMES, st.integers(0, 1024))
def test_names_that_begin_alike_have_keys_of_one_range(language: str, name: str, length: int) -> None:
    for rows, key in ((keys.FILES, keys.file_key), (keys.FAILURES, keys.failure_key)):
        within = keys.beginning(rows, language, name[:length])
        assert within <= key(language, name) < keys.end_of(within)
        assert not FORBIDDEN & set(keys.end_of(within))


@given(LANGUAGES, NAMES)
def test_the_kinds_of_rows_are_ranges_that_do_not_meet(language: str, name: str) -> None:
    for key, prefix in (
        (keys.file_key(language, name), keys.FILES),
        (keys.failure_key(language, name), keys.FAILURES),
        (keys.counter_key("host-0123"), keys.COUNTERS),
        (keys.DISPATCH_KEY, keys.DISPATCH_KEY),
    ):
        within = [
            kind
            for kind in (keys.COUNTERS, keys.DISPATCH_KEY, keys.FILES, keys.FAILURES)
            if kind <= key < keys.end_of(kind)
        ]
        assert within == [prefix]


@given(st.integers(0, 2**48 - 2), st.integers(1, 2**40))
def test_job_ids_sort_newest_first(milliseconds: int, later: int) -> None:
    times = [milliseconds, min(milliseconds + later, 2**48 - 1)]
    with patch("libs.common.ledger.keys.time.time_ns", side_effect=[at * 1_000_000 for at in times]):
        older, newer = keys.new_job_id(), keys.new_job_id()
    assert newer < older < keys.OPEN
    assert keys.is_job_id(older)


def test_job_ids_of_one_moment_differ() -> None:
    with patch("libs.common.ledger.keys.time.time_ns", return_value=0):
        assert len({keys.new_job_id() for _ in range(100)}) == 100


def test_what_only_looks_like_a_job_id_is_none() -> None:
    job_id = keys.new_job_id()
    for other in (f"{job_id}\n", f" {job_id}", job_id.upper().replace("-", "_"), keys.open_key(job_id), ""):
        assert not keys.is_job_id(other)
