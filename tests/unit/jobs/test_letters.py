"""Dead letters as strangers may write them: each is shown, and none is stumbled over."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.jobs import replay
from services.api import dead_letters
from services.api.views import listed
from tests.unit.jobs.test_messages import JSON

LETTERS = st.dictionaries(st.sampled_from([*dead_letters.LetterView.model_fields, "newer"]), JSON)


def shown(letter: str) -> dict[str, object]:
    """A letter as the API answers with it."""
    body = listed([dead_letters._view("queue", "id", letter)]).body
    assert isinstance(body, bytes)
    (view,) = json.loads(body)
    return dict(view)


@given(st.text() | JSON.map(json.dumps) | LETTERS.map(json.dumps))
def test_whatever_is_among_the_dead_letters_is_shown_and_can_be_replayed(letter: str) -> None:
    assert (shown(letter)["id"], shown(letter)["queue"]) == ("id", "queue")
    assert isinstance(replay._message_of(letter), str)


@pytest.mark.parametrize(
    "letter", ["[" * 64_000, '{"message":' * 8000, '{"message":"\\ud800"}', "9" * 60_000]
)
def test_a_letter_that_breaks_parsers_is_shown_all_the_same(letter: str) -> None:
    assert shown(letter)["message"] in {letter, "\ud800"}
    assert replay._message_of(letter) in {letter, "\ud800"}
