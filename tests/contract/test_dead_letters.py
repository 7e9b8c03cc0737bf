"""Dead letters: each is found, however many there are and whoever looks for others at the same time."""

import asyncio

import pytest

from libs.common.deployment import Deployment
from libs.common.storage.dead_letters import DeadLetters


@pytest.fixture
def dead(deployment: Deployment) -> DeadLetters:
    return deployment.file_queue.dead


async def put(deployment: Deployment, number: int) -> None:
    await asyncio.gather(*(deployment.file_queue.send_dead(str(n)) for n in range(number)))


async def ids_of(dead: DeadLetters) -> list[str]:
    return [letter_id for letter_id, _ in await dead.peek(32)]


@pytest.mark.parametrize("processes", [1, 2])
async def test_letters_that_are_looked_for_at_the_same_time_are_all_found(
    deployment: Deployment, dead: DeadLetters, processes: int
) -> None:
    await put(deployment, 40)
    wanted = (await ids_of(dead))[-4:]
    others = [DeadLetters(dead._client) for _ in range(processes)]
    found = await asyncio.gather(
        *(others[number % processes].take(letter_id) for number, letter_id in enumerate(wanted))
    )
    assert [letter and letter.id for letter in found] == wanted
    assert len(await ids_of(dead)) == 32


async def test_a_letter_that_stands_after_many_pages_of_others_is_found(
    deployment: Deployment, dead: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(deployment, 33)
    letters = [*await dead._receive(), *await dead._receive()]
    for letter in letters:
        await dead.give_back(letter)  # they go to the end of the queue, so this one's order is theirs
    monkeypatch.setattr("libs.common.storage.dead_letters._PAGE", 1)
    found = await dead.take(letters[-1].id)
    assert found is not None
    assert found.body == letters[-1].body


async def test_a_letter_that_is_gone_is_not_looked_for_twice(
    deployment: Deployment, dead: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.common.storage.dead_letters._PAUSE_SECONDS", (60, 60))
    await put(deployment, 3)
    (first, *_) = await ids_of(dead)
    letter = await dead.take(first)
    assert letter is not None
    await dead.delete(letter)
    async with asyncio.timeout(30):
        assert await dead.take(first) is None
    assert len(await ids_of(dead)) == 2
