"""What a person is told while a job gets nowhere: the program, on a server that says so."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from libs.client.cli import standstill
from libs.client.records import Job
from tests.unit.client.program import Shown, ran
from tests.unit.client.test_transport import ENDED, JOB, answering

BLOCKED = JOB | {"status": "processing", "blocked_reason": "the key is \x1b[31mwrong"}
OTHERWISE = BLOCKED | {"blocked_reason": "the quota is spent"}
UNTIL = "2026-01-01T12:30:05.000Z"
THROTTLED = JOB | {"status": "processing", "throttled_until": UNTIL}
AT = datetime(2026, 1, 1, 12, 30, 5, tzinfo=UTC).astimezone().strftime("%H:%M:%S")


async def watched(*answers: dict[str, Any], err: io.StringIO | None = None) -> tuple[str, Any]:
    """The lines on stderr, and the JSON on stdout, of a job that is seen so, look by look."""
    looks = (answering(answer, Retry_After="0") for answer in answers)
    seen = await ran(*looks, arguments=["watch", "1", "--json"], err=err)
    return seen.err, seen.value


async def test_a_reason_to_stand_still_is_told_in_a_line_when_it_begins_and_once() -> None:
    said, _ = await watched(BLOCKED, OTHERWISE, BLOCKED, THROTTLED, THROTTLED, ENDED)
    assert [line for line in said.splitlines() if " of 0" not in line] == [
        r"blocked: the engine refuses: the key is \x1b[31mwrong",
        "blocked: the engine refuses: the quota is spent",
        f"throttled until {AT}",
    ]


async def test_a_reason_that_comes_back_is_told_again() -> None:
    said, _ = await watched(OTHERWISE, JOB, OTHERWISE, ENDED)
    assert said.count("blocked: the engine refuses: the quota is spent\n") == 2


async def test_on_a_terminal_the_bar_says_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    said, _ = await watched(THROTTLED, OTHERWISE, ENDED, err=Shown())
    assert "blocked: the engine refuses: the quota is spent" in said
    assert f"throttled until {AT}\n" not in said
    # Looks come faster than the bar is drawn here: what it would say is asked for by itself.
    assert standstill.state(Job(**THROTTLED)) == f"throttled until {AT}"


async def test_a_job_that_nobody_takes_up_asks_for_those_who_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standstill, "_LONG_QUEUED", 0.0)
    said, _ = await watched(JOB, JOB, JOB, ENDED)
    assert len(re.findall(r"are a dispatcher and a worker running\?", said)) == 1


async def test_a_program_gets_the_reasons_as_fields() -> None:
    _, job = await watched(ENDED | {"blocked_reason": None, "throttled_until": UNTIL})
    assert (job["blocked_reason"], job["throttled_until"]) == (None, UNTIL)
