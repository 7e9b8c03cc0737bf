"""The translation memory: what it knows costs nothing, and it is in no file's way."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from libs.translation.translator import Order, Translation
from tests.unit.translation.asking import translated, translator
from tests.unit.translation.doubles import CountedPurse, DictMemory, ToldEngine
from tests.unit.translation.simulated import simulated


def test_what_the_memory_knows_costs_nothing() -> None:
    memory, engine = DictMemory(), ToldEngine()

    async def one_process(text: str) -> Translation:
        shared = translator(engine, memory=memory)
        (result,) = await translated(shared, text)
        await shared.close()
        return result

    text = "\n\n".join(f"Dear {{name}}, this is {n}." for n in range(250))
    first = simulated(one_process(text))
    purse = CountedPurse(0)
    again = simulated(
        translated(translator(engine, memory=memory), text, order=Order("en", "es", purse=purse))
    )
    assert again[0].data == first.data
    assert (again[0].characters, again[0].reused) == (0, 250)
    assert max(memory.looked_up) <= 100
    assert len(engine.segments) == 250


@pytest.mark.parametrize(
    "garbage", ["", "[]", "[null, []]", '[null, [["o"]]]', '[null, [["s", 9], "x"]]', "{"]
)
def test_garbage_in_the_memory_never_reaches_a_file(garbage: str) -> None:
    class Garbage(DictMemory):
        async def find(self, keys: Sequence[str]) -> dict[str, str]:
            return dict.fromkeys(keys, garbage)

    (result,) = simulated(translated(translator(ToldEngine(), memory=Garbage()), "Press {key} now."))
    assert b"{key}" in result.data


def test_a_memory_that_hangs_holds_nothing_up_for_long() -> None:
    class Hanging(DictMemory):
        async def find(self, keys: Sequence[str]) -> dict[str, str]:
            await asyncio.Event().wait()
            return dict.fromkeys(keys, "")

    (result,) = simulated(translated(translator(ToldEngine(), memory=Hanging()), "One."))
    assert result.data == b"ONE."


def test_look_ups_of_a_large_file_take_turns_at_the_memory() -> None:
    class Watching(DictMemory):
        busy = busiest = 0

        async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
            await asyncio.sleep(4)
            self.busy -= 1
            return await super().find(keys)

    memory, text = Watching(), "\n\n".join(f"L{n:05}." for n in range(3_000))

    async def twice() -> int:
        await translated(translator(ToldEngine(), memory=memory), text)
        return (await translated(translator(ToldEngine(), memory=memory), text))[0].reused

    assert simulated(twice()) == 3_000
    assert memory.busiest <= 4


def test_a_memory_that_breaks_its_word_fails_no_file() -> None:
    class Breaking(DictMemory):
        async def find(self, _keys: Sequence[str]) -> Mapping[str, str]:
            raise RuntimeError("broken")

        async def keep(self, _entries: Mapping[str, str]) -> None:
            raise RuntimeError("broken")

    async def one() -> bytes:
        shared = translator(ToldEngine(), memory=Breaking())
        (result,) = await translated(shared, "One.")
        await shared.close()
        return result.data

    assert simulated(one()) == b"ONE."
