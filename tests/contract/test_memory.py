"""The translation memory: what is kept is found by everybody, and an outage costs no more than money."""

import asyncio
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.ledger import memory
from libs.common.ledger.memory import TableMemory
from libs.common.ledger.tables import Table
from libs.common.waiting import Waiting
from tests.conftest import Explicit
from tests.contract.faults import Call, Script, around, fail_before, lose_reply


@pytest.fixture
async def table(deployment: Deployment, explicit: Explicit) -> Table:
    del explicit
    table = deployment.further_table(f"memory{deployment.file_queue.name.rpartition('-')[2]}")
    await deployment.create(Waiting())
    return table


async def test_what_one_process_keeps_another_finds(table: Table) -> None:
    entries = {f"key {number}": f"Übersetzung {number} 📚" for number in range(250)}
    await TableMemory(table).keep(entries)
    found = await TableMemory(table).find([*entries, "nobody kept this", "key 1"])
    assert found == entries


async def test_a_key_may_be_any_text_and_a_later_value_counts(table: Table) -> None:
    key = "a/b\\c#d?\x01é'" + "x" * 5000
    one = TableMemory(table)
    await one.keep({key: "first"})
    await one.keep({key: "second"})
    assert await one.find([key]) == {key: "second"}


async def test_entries_that_are_large_together_are_kept_and_one_that_is_too_large_is_not(
    table: Table,
) -> None:
    entries = {f"key {number}": chr(0x4E00 + number) * 20_000 for number in range(60)}
    one = TableMemory(table)
    await one.keep({**entries, "too large": "x" * 30_001, "small": "y"})
    assert await one.find([*entries, "too large", "small"]) == {**entries, "small": "y"}


async def test_an_outage_finds_nothing_and_is_not_waited_for_again_and_again(table: Table) -> None:
    await TableMemory(table).keep({"a": "b"})
    away = Script([fail_before] * 1000)
    one = TableMemory(around(table, away, "get", "commit"))
    assert await one.find(["a"]) == {}
    calls = len(away.seen)
    assert await one.find(["a"]) == {}
    await one.keep({"c": "d"})
    assert len(away.seen) == calls


async def test_storage_that_does_not_answer_holds_nobody_up(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_FIND_SECONDS", 0.2)

    async def never(_call: Call, *_arguments: Any) -> Any:
        await asyncio.Event().wait()

    async with asyncio.timeout(5):
        assert await TableMemory(around(table, never, "get")).find(["a"]) == {}


async def test_a_reply_that_is_lost_keeps_the_entry_all_the_same(table: Table) -> None:
    await TableMemory(around(table, Script([lose_reply]), "commit")).keep({"a": "b"})
    assert await TableMemory(table).find(["a"]) == {"a": "b"}
