"""One command for a folder: what an API says that refuses, is busy or fails, and what is told of it."""

from pathlib import Path

import pytest

from libs.client.cli.exits import Exit
from libs.client.cli.translate_command import Ways
from tests.unit.client.program import ran
from tests.unit.client.test_transport import answering, breaking, refusing

MADE, NO_CONTAINER = answering({}, 201), refusing(404, "container_not_found")
REFUSED = refusing(422, "invalid_field")


@pytest.fixture
def translate(tmp_path: Path) -> list[str]:
    """The command, over a folder of one file."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("x")
    return ["translate", str(tmp_path / "in"), str(tmp_path / "out"), "--to", "spanish"]


async def test_what_the_api_refuses_is_told_before_anything_is_made_or_sent(translate: list[str]) -> None:
    refused = await ran(REFUSED, arguments=translate)
    assert refused.calls == ["POST /batch/estimates"]
    assert (refused.code, refused.out, refused.err) == (
        Exit.ERROR, "", "error: invalid_field: said so (prefix)\n",
    )  # fmt: skip


@pytest.mark.parametrize("asked", [NO_CONTAINER, refusing(503, "too_busy"), breaking, answering({})])
async def test_an_api_that_cannot_say_what_it_would_refuse_is_asked_once_and_the_work_begins(
    asked: object, translate: list[str]
) -> None:
    it = await ran(asked, MADE, MADE, REFUSED, arguments=translate)  # type: ignore[arg-type]  # a handler
    assert [call.rpartition("/")[2] for call in it.calls[::2]] == ["estimates", "a.txt"]
    assert it.calls[3] == "POST /batch/jobs"


async def test_whatever_fails_once_containers_are_made_they_are_named(translate: list[str]) -> None:
    refused = await ran(NO_CONTAINER, MADE, MADE, REFUSED, arguments=translate)
    container = refused.calls[1].rpartition("/")[2]
    assert refused.err == f"Kept: container {container}\nerror: invalid_field: said so (prefix)\n"
    gone = await ran(NO_CONTAINER, MADE, NO_CONTAINER, arguments=[*translate, "--source", "inbox"])
    assert gone.err.startswith("Kept: inbox/in-")
    assert gone.code == Exit.ERROR
    none_made = await ran(NO_CONTAINER, refusing(403, "forbidden"), arguments=translate)
    assert "Kept" not in none_made.err


async def test_a_program_is_told_why_no_file_could_be_uploaded(translate: list[str]) -> None:
    it = await ran(NO_CONTAINER, MADE, refusing(413, "body_too_large"), arguments=[*translate, "--json"])
    assert it.code == Exit.FAILED
    assert (it.value["job"], it.value["downloaded"]) == (None, None)
    assert it.value["uploaded"]["failures"] == {"a.txt": "body_too_large: said so (prefix)"}


def test_no_two_runs_share_a_folder_of_a_container_they_share() -> None:
    one, other = (Ways.of(Path("My Files"), "shared", "shared") for _ in range(2))
    assert len({one.prefix, one.target_prefix, other.prefix, other.target_prefix}) == 4
    # Nor is a translation ever read as a source of its own run.
    assert not any(name.startswith(one.prefix) for name in one.folders(["es", "ca"]))
