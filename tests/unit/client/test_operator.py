"""What whoever keeps the system running is asked and told."""

import io

import pytest

from libs.client.cli.exits import Exit
from tests.unit.client.program import Ran, Shown, ran
from tests.unit.client.test_transport import ENDED, answering

LETTERS = [{"id": str(number), "queue": "files"} for number in range(32)]


@pytest.mark.parametrize("arguments", [["delete", "1"], ["dead-letters", "purge"]])
async def test_an_answer_of_no_is_an_end_of_its_own_and_nothing_is_sent(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answered(text: str) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return await ran(answering(ENDED), arguments=arguments, err=Shown())

    no = await answered("n\n")
    assert (no.code, no.out, no.calls) == (Exit.ERROR, "", [])
    assert no.err == "Nothing was deleted.\n"
    assert (await answered("y\n")).calls[-1].startswith("DELETE ")


@pytest.mark.parametrize(
    ("letters", "total", "told"),
    [
        (LETTERS, "500", "The oldest 32 of 500; replay or purge some to see the others.\n"),
        (LETTERS, "32", ""),
        (LETTERS, "many", ""),
        ([], "0", "There are no dead letters.\n"),
        ([], "3", "None of 3 can be seen at the moment.\n"),
    ],
)
async def test_whoever_sees_some_of_the_dead_letters_is_told_that_there_are_more(
    letters: list[dict[str, str]], total: str, told: str
) -> None:
    listing = answering(letters, X_Total_Count=total)
    assert (await ran(listing, arguments=["dead-letters", "list"])).err == told
    listed = await ran(listing, arguments=["dead-letters", "list", "--json"])
    assert ([letter["id"] for letter in listed.value], listed.err) == (
        [letter["id"] for letter in letters], told,
    )  # fmt: skip
