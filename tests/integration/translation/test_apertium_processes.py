"""Programs that die, hang or are too many: no segment is lost, and no process is left."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.apertium.chain import IN_FLIGHT, Chain, ChainDied
from libs.translation.engines.apertium.modes import installed
from libs.translation.engines.apertium.pool import TRIES
from libs.translation.engines.options import APERTIUM_MODES
from libs.translation.errors import EngineUnavailable
from libs.translation.segments import plain, text_of
from tests.integration.translation.asking import ask
from tests.integration.translation.processes import eventually, members_of, most_of, runs

Members = Callable[[], list[int]]


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


#: A chain of one program, which copies, dies of a word, and writes down that it was started.
POISONED = """#!/bin/sh
echo >> {starts}
exec sed -zu /poison/Q
"""


async def test_a_segment_that_kills_programs_takes_no_other_with_it(tmp_path: Path, members: Members) -> None:
    program, starts = tmp_path / "program", tmp_path / "starts"
    program.write_text(POISONED.format(starts=starts))
    program.chmod(0o700)
    (tmp_path / "eng-spa.mode").write_text(str(program))
    engine = ApertiumEngine(tmp_path)
    texts = [plain(f"poison {n}") for n in range(3)] + [plain(f"house {n}") for n in range(20)]
    requests = (ask(engine, [text], "en", "es") for text in texts)
    answers = await asyncio.wait_for(asyncio.gather(*requests, return_exceptions=True), 30)
    assert all(isinstance(answer, EngineUnavailable) for answer in answers[:3])
    assert answers[3:] == [[text] for text in texts[3:]]
    shared, in_quarantine = 3 * TRIES, 3 + 1
    assert starts.read_text().count("\n") <= shared + in_quarantine
    await engine.close()
    assert members() == []


async def test_a_chain_that_died_leaves_nobody_waiting(members: Members) -> None:
    chain = await Chain.start([["sleep", "600"]], patience=600)
    asks = [asyncio.create_task(chain.ask("house")) for _ in range(IN_FLIGHT + 50)]
    await eventually(lambda: chain.load == IN_FLIGHT)  # the others wait for room
    os.kill(members()[0], signal.SIGKILL)
    ends = await asyncio.wait_for(asyncio.gather(*asks, return_exceptions=True), 10)
    assert all(isinstance(end, ChainDied) for end in ends)
    with pytest.raises(ChainDied):
        await asyncio.wait_for(chain.ask("house"), 10)
    await chain.close()


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


async def test_more_directions_than_may_live_take_turns_and_idle_ones_end(members: Members) -> None:
    engine = ApertiumEngine(live_directions=1, idle_seconds=0.2, pivots=("es",))

    async def house(source: str, target: str) -> str:
        text = "La maison" if source == "fr" else "La casa"
        return text_of((await ask(engine, [plain(text)], source, target))[0])

    work = asyncio.gather(*(house(*way) for way in [("es", "en"), ("fr", "ca"), ("es", "fr")] * 2))
    largest = max(len(mode.commands()) for mode in installed(APERTIUM_MODES).values())
    assert await most_of(members, work) <= largest
    assert await work == ["The house", "La casa", "La maison"] * 2
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
