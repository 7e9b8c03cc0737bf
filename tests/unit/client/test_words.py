"""What is written on a terminal."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.client.cli.words import age, duration, plain, size


@given(st.text())
def test_nothing_from_outside_can_act_on_the_terminal(text: str) -> None:
    shown = plain(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert "\u202e" not in shown


def test_letters_of_all_scripts_stay_and_escapes_are_written_out() -> None:
    assert plain("Ñandú 長い नमस्ते") == "Ñandú 長い नमस्ते"
    assert plain("a\x1b[31mb\n\u202e") == r"a\x1b[31mb\n\u202e"


@pytest.mark.parametrize(
    ("bytes_", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_999, "1.0 MB"), (2**50, "1125.9 TB")],
)
def test_sizes_have_one_unit(bytes_: int, shown: str) -> None:
    assert size(bytes_) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-5, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_durations_have_one_unit(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_moment_that_is_none_is_shown_as_it_is() -> None:
    assert age("soon") == "soon"
