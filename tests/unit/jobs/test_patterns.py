"""Shell patterns: the same answers as `fnmatch`, in bounded time for any pattern and name."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.jobs.patterns import Patterns

PATTERNS = st.lists(st.text("ab*?[]!-^\\&~|é\n", max_size=12), max_size=4)
NAMES = st.text("ab[]!-^\\&~|é\n/", max_size=12)
#: For each of these `fnmatch` tries every way to share out the name: hours, here.
BACKTRACKING = ["*a" * 256, "*" + "a" * 510 + "b", "a*" * 255 + "b", "*?a" * 170, "[ab]*" * 100]


@given(PATTERNS, NAMES)
@example(["[!]"], "[!]")
@example(["[]a]"], "]")
@example(["[b-a]"], "a")
@example(["[!b-a]"], "a")
@example(["a**b"], "ab")
@example([""], "")
def test_patterns_match_exactly_what_fnmatch_matches(patterns: list[str], name: str) -> None:
    assert Patterns(patterns).match(name) is any(fnmatchcase(name, pattern) for pattern in patterns)


@pytest.mark.parametrize("pattern", BACKTRACKING, ids=lambda pattern: pattern[:8])
def test_no_pattern_and_no_name_make_matching_slow(pattern: str) -> None:
    # The suite's time limit fails a matcher that backtracks: `*a` 256 times over such names never ends.
    patterns = Patterns([pattern] * 50)
    for number in range(100):
        patterns.match("a" * 1000 + f"c{number:06d}")


def test_a_name_of_many_different_characters_matches_as_well() -> None:
    name = "".join(map(chr, range(0x4E00, 0x4E00 + 5000)))
    assert Patterns(["*[一-丁]*", "never"]).match(name)
    assert not Patterns(["*[!一-龥]"]).match(name)
