"""Waiting for storage: as long as it takes, by a clock that the test moves."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog

from libs.common.errors import (
    AppError,
    NotFound,
    StorageForbidden,
    StorageRejected,
    StorageUnavailable,
    TokenUnavailable,
)
from libs.common.waiting import Waiting

HOURS = 3600.0


class Clock:
    """Seconds that pass only while somebody pauses."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def away_until(clock: Clock, moment: float, error: AppError) -> Callable[[], Awaitable[None]]:
    async def step() -> None:
        if clock.now < moment:
            raise error

    return step


@pytest.mark.parametrize("seconds", [10.0, 180.0, 2 * HOURS])
async def test_it_notices_the_end_of_any_outage_soon_and_says_once_a_minute_what_it_waits_for(
    seconds: float,
) -> None:
    clock = Clock()
    waiting, end = Waiting(lambda: clock.now, clock.pause), clock.now + seconds
    with structlog.testing.capture_logs() as logs:
        await waiting.insist(away_until(clock, end, StorageUnavailable("create table: no answer")))
    assert clock.now - end <= 1.25
    assert max(clock.pauses) <= 1.25
    lines = [line for line in logs if line["event"] == "waiting for storage"]
    # Between two lines lies a minute and the pause that was under way.
    assert seconds / 61.25 <= len(lines) <= 1 + seconds / 60
    assert logs[-1]["event"] == "storage answers"
    assert waiting.reason == ""


async def test_the_next_step_that_has_to_wait_belongs_to_the_same_wait() -> None:
    clock = Clock()
    waiting = Waiting(lambda: clock.now, clock.pause)
    away = StorageUnavailable("no answer")
    with structlog.testing.capture_logs() as logs:
        await waiting.insist(*(away_until(clock, 1000.0 + 20 * step, away) for step in (1, 2)))
    assert [line["event"] for line in logs] == ["waiting for storage", "storage answers"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageUnavailable("create table: no answer"), "storage to answer (create table: no answer)"),
        (StorageForbidden("create table: 403"), "a role for this identity"),
        (TokenUnavailable("AADSTS70021"), "token endpoint to give a token (AADSTS70021)"),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, Exception) else "",
)
async def test_it_says_in_words_what_it_waits_for_and_since_when(error: AppError, words: str) -> None:
    clock, said = Clock(), ""
    waiting = Waiting(lambda: clock.now, lambda _seconds: looked())

    async def looked() -> None:
        nonlocal said
        clock.now += 5
        said = waiting.reason

    await waiting.insist(away_until(clock, clock.now + 5, error))
    assert said.startswith("waiting since 5 s for ")
    assert words in said


@pytest.mark.parametrize(
    "error", [StorageRejected("400 InvalidResourceName"), NotFound("404 at this address")]
)
async def test_what_no_waiting_can_heal_is_not_waited_for(error: AppError) -> None:
    async def never(_seconds: float) -> Any:
        raise AssertionError("it waits")

    with pytest.raises(StorageRejected, match=str(error)):
        await Waiting(pause=never).insist(away_until(Clock(), HOURS, error))
