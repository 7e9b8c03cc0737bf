import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.apertium.chain import Chain
from libs.translation.engines.engine import Wish
from libs.translation.errors import EngineUnavailable
from libs.translation.segments import (
    Close,
    Open,
    Segment,
    Standalone,
    Text,
    lost_codes,
    plain,
    text_of,
)
from libs.translation.translator import Order, Translator
from tests.integration.translation.processes import eventually, members_of, runs

Members = Callable[[], list[int]]


async def ask(engine: ApertiumEngine, segments: Sequence[Segment], source: str, target: str) -> list[Segment]:
    return [done.segment for done in await engine.translate(segments, Wish(source, target))]


@pytest.mark.parametrize(
    ("source", "target", "text", "translation"),
    [
        ("en", "es", "The white house is big.", "La casa blanca es grande."),
        ("en", "es", "The white house", "La casa blanca"),
        ("en", "es", "the white house", "la casa blanca"),
        ("en", "es", "and NASA has a big house", "y NASA tiene una casa grande"),
        ("es", "en", "tengo una casa", "have a house"),
        ("es", "en", "La casa blanca es grande.", "The white house is big."),
        ("fr", "es", "La maison blanche est grande.", "La casa blanca es grande."),
    ],
)
async def test_known_sentences(
    engine: ApertiumEngine, source: str, target: str, text: str, translation: str
) -> None:
    assert await ask(engine, [plain(text)], source, target) == [plain(translation)]


async def test_pairs_follow_the_words_they_are_on(engine: ApertiumEngine) -> None:
    segment = (
        Text("The "),
        Open(1),
        Text("white"),
        Close(1),
        Text(" house is "),
        Open(2),
        Text("big"),
        Close(2),
    )
    assert await ask(engine, [segment], "en", "es") == [
        (Text("La casa "), Open(1), Text("blanca"), Close(1), Text(" es "), Open(2), Text("grande"), Close(2))
    ]


async def test_what_is_no_word_comes_back_as_it_was(engine: ApertiumEngine) -> None:
    segments: list[Segment] = [
        (Text("You have "), Standalone(1), Text(" new houses.")),
        (Open(1), Text("~\u00ad"), Close(1), Text(" houses"), Open(2), Standalone(3), Close(2)),
        plain(" \\ [House] ^big$ {} <> @/ "),
        plain("1,000"),
    ]
    first, second, third, fourth = await ask(engine, segments, "en", "es")
    assert first == (Text("Tienes "), Standalone(1), Text(" casas nuevas."))
    assert second == (Open(1), Text("~\u00ad"), Close(1), Text(" casas"), Open(2), Standalone(3), Close(2))
    assert text_of(third) == " \\ [Casa] ^grande$ {} <> @/ "
    assert fourth == plain("1,000")


@pytest.mark.parametrize("direction", ["en-es", "es-en", "fr-es"])
async def test_300_strings_of_garbage_stay_in_step(engine: ApertiumEngine, direction: str) -> None:
    source, target = direction.split("-")
    dice = random.Random(direction)
    alphabet = "\\[]{}^$@<>/*#+~_&;:.,'\"\0\n\t\u00ad\u200b\u00a0\ufeff\ud800😀中 aeiou ñ€ house casa"
    garbage = [_garbage(dice, alphabet, number) for number in range(300)]
    answers = await ask(engine, garbage, source, target)
    for number, (segment, answer) in enumerate(zip(garbage, answers, strict=True)):
        assert lost_codes(segment, answer) == []
        assert f"{number}" in text_of(answer)


def _garbage(dice: random.Random, alphabet: str, number: int) -> Segment:
    def text() -> Text:
        return Text("".join(dice.choices(alphabet, k=dice.randrange(40))))

    return (
        text(),
        Standalone(1),
        Text(f" x {number} "),
        text(),
        Open(2),
        text(),
        Standalone(3),
        text(),
        Close(2),
    )


async def test_order_is_kept_under_concurrency(engine: ApertiumEngine) -> None:
    async def one(number: int) -> str:
        many = [plain(f"The house number {number}-{n} is white.") for n in range(20)]
        answers = await ask(engine, many, "en", "es")
        assert all(f"{number}-{n} " in text_of(answer) for n, answer in enumerate(answers))
        return text_of(answers[0])

    assert len(set(await asyncio.gather(*(one(number) for number in range(15))))) == 15


async def test_a_word_of_80000_letters_takes_no_time(engine: ApertiumEngine) -> None:
    async with asyncio.timeout(5):
        answer = await ask(engine, [plain("big " + "a" * 80_000)], "en", "es")
    assert text_of(answer[0]).endswith("a" * 80_000)


async def test_a_killed_program_loses_nothing_and_leaves_no_process(members: Members) -> None:
    engine = ApertiumEngine()
    segments = [plain(f"La maison numéro {number} est blanche et très grande.") for number in range(400)]
    expected = await ask(engine, segments, "fr", "es")
    for victim in (0, 5, -1):
        work = asyncio.create_task(ask(engine, segments, "fr", "es"))
        await asyncio.sleep(0)  # the work is begun and cannot be done yet
        os.kill(members()[victim], signal.SIGKILL)
        assert await asyncio.wait_for(work, 60) == expected
    await engine.close()


async def test_a_chain_that_hangs_is_replaced(members: Members) -> None:
    engine = ApertiumEngine(patience=0.5)
    await ask(engine, [plain("La maison")], "fr", "es")
    os.kill(members()[3], signal.SIGSTOP)
    answer = await asyncio.wait_for(ask(engine, [plain("La maison blanche")], "fr", "es"), 30)
    assert text_of(answer[0]) == "La casa blanca"
    await engine.close()


@pytest.mark.usefixtures("members")
async def test_a_chain_that_never_works_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "eng-spa.mode").write_text("lt-proc '/nowhere.bin' | lt-proc -b '/nowhere.bin'")
    engine = ApertiumEngine(tmp_path)
    with pytest.raises(EngineUnavailable, match="eng-spa"):
        await asyncio.wait_for(ask(engine, [plain("A house")] * 50, "en", "es"), 30)
    await engine.close()


async def test_a_start_that_fails_midway_leaves_no_process(members: Members) -> None:
    with pytest.raises(FileNotFoundError):
        await Chain.start([["cat"], ["cat"], ["no-such-program"], ["cat"]], patience=1)
    assert members() == []


async def test_a_start_that_is_cancelled_leaves_no_process(members: Members) -> None:
    engine = ApertiumEngine()
    work = asyncio.create_task(ask(engine, [plain("La casa")], "es", "fr"))
    await eventually(lambda: len(members()) >= 3)
    work.cancel()
    await asyncio.wait([work], timeout=10)
    assert work.cancelled()
    assert members() == []
    await engine.close()


async def test_live_directions_are_bounded_and_idle_ones_end(members: Members) -> None:
    engine = ApertiumEngine(live_directions=1, idle_seconds=0.2)

    async def house(source: str, target: str) -> str:
        return text_of((await ask(engine, [plain("La casa")], source, target))[0])

    answers = await asyncio.gather(*(house("es", target) for target in ["en", "en-US", "fr"] * 3))
    assert answers == ["The house", "The house", "La maison"] * 3
    await eventually(lambda: not members())
    assert await house("es", "en") == "The house"
    await engine.close()


ORPHAN = """
import asyncio, os, signal
from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.engine import Wish
from libs.translation.segments import plain

async def main():
    await ApertiumEngine().translate([plain("La casa")], Wish("es", "fr"))
    print("alive", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_when_its_process_is_killed_the_chain_ends(how: signal.Signals) -> None:
    root = Path(__file__).parents[3]
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHAN, stdout=subprocess.PIPE, cwd=root
    )
    assert parent.stdout is not None
    assert await asyncio.wait_for(parent.stdout.readline(), 30) == b"alive\n"
    chain = members_of(parent.pid)
    assert len(chain) > 5
    parent.send_signal(how)
    assert await asyncio.wait_for(parent.wait(), 10) == -how
    await eventually(lambda: not any(runs(pid) for pid in chain))


async def test_a_terminals_interrupt_is_not_for_the_chain(engine: ApertiumEngine) -> None:
    await ask(engine, [plain("La casa")], "es", "fr")
    chain = members_of(os.getpid())
    assert chain
    assert os.getpgid(0) not in {os.getpgid(pid) for pid in chain}


async def test_a_text_file_from_end_to_end(engine: ApertiumEngine) -> None:
    text = "The white house\r\n\r\n- Write to {name} at j.doe@example.com.\r\n- 42\r\n"
    translator = Translator(engine, requests_in_flight=2, request_seconds=60)
    result = await translator.translate("a.txt", text.encode("cp1252"), Order("en", "es"))
    assert result.data.decode("cp1252") == (
        "La casa blanca\r\n\r\n- Escribe a {name} en j.doe@example.com.\r\n- 42\r\n"
    )
    assert result.repairs == 0


async def test_closing_in_the_middle_of_work_ends_it_and_starts_nothing_new(members: Members) -> None:
    engine = ApertiumEngine()
    work = asyncio.create_task(ask(engine, [plain(f"La casa {n}") for n in range(400)], "es", "fr"))
    await eventually(lambda: bool(members()))
    await engine.close()
    with pytest.raises(EngineUnavailable):
        await asyncio.wait_for(work, 10)
    with pytest.raises(EngineUnavailable, match="closed"):
        await ask(engine, [plain("La casa")], "es", "fr")
    assert members() == []
