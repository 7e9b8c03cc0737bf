"""The processes that take documents apart: what becomes of their owner, their neighbours and themselves."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from libs.translation.documents import format_of
from libs.translation.documents.document import Original
from libs.translation.errors import DocumentLost, PermanentFault
from libs.translation.segments import Close, Open, Segment, Standalone, Text, plain
from libs.translation.workbench.bench import Bench
from libs.translation.workbench.member import Limits
from libs.translation.workbench.pool import FormatBroken, Pool
from tests.faults.deadly import COMMAND, DEADLY
from tests.unit.translation.office_files import docx

LIMITS = Limits(seconds=30, memory=128 * 1024 * 1024)
OFFICE = docx("<w:p><w:r><w:t>Hello </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>you</w:t></w:r></w:p>")


def deadly(text: bytes, memory: int | None = None) -> Original:
    return Original(DEADLY, text, "en", {}, memory)


@asynccontextmanager
async def pool_of(processes: int = 1, limits: Limits = LIMITS) -> AsyncIterator[Pool]:
    pool = Pool(processes, limits, COMMAND)
    try:
        yield pool
    finally:
        await pool.close()


def members() -> list[int]:
    """Those of this test."""
    children = " ".join(path.read_text("ascii") for path in Path("/proc/self/task").glob("*/children"))
    return [pid for pid in map(int, children.split()) if b"tests.faults.deadly" in command_of(pid)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def oom_score(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text("ascii"))


async def gone(pid: int) -> None:
    async with asyncio.timeout(30):
        while command_of(pid):  # noqa: ASYNC110 - the event is in another process
            await asyncio.sleep(0.02)


async def test_a_document_comes_and_goes_through_a_process_whole() -> None:
    form = format_of("a.docx")
    assert form is not None
    original = Original(form, OFFICE, "en", {})
    async with pool_of() as pool:
        work = await Bench(pool).taken_apart(original)
        assert work.segments == original.taken_apart().segments
        translated = [(Text("É \ud800"), *segment[1:]) for segment in work.segments]
        assert await work.render(translated) == original.taken_apart().render(translated)
        assert await work.render(work.segments) == OFFICE


async def test_a_small_text_starts_no_process_and_an_office_file_does() -> None:
    form = format_of("a.html")
    assert form is not None
    async with pool_of() as pool:
        bench = Bench(pool)
        await bench.taken_apart(Original(form, b"<p>Hi</p>", "en", {}))
        assert members() == []
        await bench.taken_apart(Original(form, b"<p>Hi</p>" * 1000, "en", {}))
        assert len(members()) == 1


async def test_every_code_and_thousands_of_segments_travel() -> None:
    text = b"One {a} and {b}\n\n" * 5_000
    async with pool_of() as pool:
        segments = await pool.segments(deadly(text))
        assert segments == list(DEADLY.parse(text, "en").segments)
        assert Standalone(2) in segments[-1]
        assert await pool.rendered(deadly(text), segments) == text
        codes: Segment = (Open(1), Text("One"), Close(1))
        with pytest.raises(PermanentFault) as fault:
            await pool.rendered(deadly(text), [codes, *segments[1:]])
        assert fault.value.code == "codes_lost"


@pytest.mark.parametrize(
    ("deed", "how"), [(b"exit", "exit code 66"), (b"kill", "SIGKILL"), (b"crash", "SIGSEGV")]
)
async def test_a_death_costs_its_own_document_and_not_the_neighbours(deed: bytes, how: str) -> None:
    async with pool_of(2) as pool:
        work = [deadly(deed if n % 4 == 1 else b"fine") for n in range(12)]
        ends = await asyncio.gather(*map(pool.segments, work), return_exceptions=True)
    for original, end in zip(work, ends, strict=True):
        if original.data == deed:
            assert isinstance(end, DocumentLost)
            assert end.code == "document_crashed"
            assert how in str(end)
        else:
            assert end == [plain("fine")]


async def test_a_hanging_document_is_ended_at_its_deadline_while_others_go_on() -> None:
    async with pool_of(2, Limits(1, LIMITS.memory)) as pool:
        hanging = asyncio.create_task(pool.segments(deadly(b"hang")))
        for _ in range(20):
            assert await pool.segments(deadly(b"fine")) == [plain("fine")]
        with pytest.raises(DocumentLost) as lost:
            await hanging
        assert lost.value.code == "document_timeout"
        assert await pool.segments(deadly(b"fine")) == [plain("fine")]


async def test_a_document_that_wants_all_memory_is_refused_in_words() -> None:
    async with pool_of() as pool:
        with pytest.raises(PermanentFault) as fault:
            await pool.segments(deadly(b"eat"))
        assert fault.value.code == "too_complex"
        assert "wants about 1 MiB of memory" in str(fault.value)
        assert "the 128 MiB that it may have (DOCUMENT_MEMORY_BYTES)" in str(fault.value)
        assert await pool.segments(deadly(b"fine")) == [plain("fine")]


async def test_texts_that_take_more_than_their_owner_has_are_refused_before_they_are_all_there() -> None:
    text = b"Two words\n\n" * 50_000
    async with pool_of(2) as pool:
        neighbour = asyncio.create_task(pool.segments(deadly(b"fine")))
        with pytest.raises(PermanentFault) as fault:
            await pool.segments(deadly(text, memory=8 * len(text)))
        assert fault.value.code == "too_complex"
        assert "the 4 MiB that it may have (MAX_BYTES_IN_FLIGHT)" in str(fault.value)
        assert await neighbour == [plain("fine")]
        assert len(await pool.segments(deadly(text, memory=80 * len(text)))) == 50_000


async def test_a_document_that_grew_beyond_what_its_owner_has_is_refused() -> None:
    text = b"Word\n\n" * 1_000
    async with pool_of() as pool:
        segments = await pool.segments(deadly(text))
        grown = [plain("word " * 200) for _ in segments]
        with pytest.raises(PermanentFault) as fault:
            await pool.rendered(deadly(text, memory=100 * len(text)), grown)
        assert fault.value.code == "too_complex"
        assert len(await pool.rendered(deadly(text, memory=1000 * len(text)), grown)) > 1_000_000


async def test_the_kernel_takes_what_reads_documents_before_its_owner() -> None:
    async with pool_of() as pool:
        await pool.segments(deadly(b"fine"))
        (member,) = members()
        scores = oom_score(member), oom_score(os.getpid())
    assert scores[0] == 1000 > scores[1]


async def test_a_bug_in_a_format_is_told_with_its_place() -> None:
    async with pool_of() as pool:
        with pytest.raises(FormatBroken, match="ZeroDivisionError: a bug") as broken:
            await pool.segments(deadly(b"break"))
        assert "in _break" in broken.value.__notes__[0]
        assert await pool.segments(deadly(b"fine")) == [plain("fine")]


async def test_whoever_stops_waiting_ends_the_process() -> None:
    async with pool_of() as pool:
        await pool.segments(deadly(b"fine"))
        (member,) = members()
        hanging = asyncio.create_task(pool.segments(deadly(b"hang")))
        await asyncio.sleep(0.1)
        hanging.cancel()
        await asyncio.wait([hanging])
        assert hanging.cancelled()
        await gone(member)
        assert await pool.segments(deadly(b"fine")) == [plain("fine")]


async def test_a_process_is_replaced_when_it_has_read_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.translation.workbench.member._LIFE_BYTES", 3 * 16 * 1024)
    seen = []
    async with pool_of() as pool:
        for _ in range(6):
            await pool.segments(deadly(b"fine"))
            seen += members()
    # It has read enough with the third document, and may be gone before we look.
    assert len(set(seen)) == 2


async def test_closing_ends_all_processes_and_whoever_waits_is_told() -> None:
    pool = Pool(2, LIMITS, COMMAND)
    await asyncio.gather(*(pool.segments(deadly(b"fine")) for _ in range(8)))
    hanging = asyncio.create_task(pool.segments(deadly(b"hang")))
    await asyncio.sleep(0.1)
    await pool.close()
    with pytest.raises(DocumentLost):
        await hanging
    assert members() == []


_OWNER = """
import asyncio, sys
from tests.faults.deadly import COMMAND, DEADLY
from libs.translation.documents.document import Original
from libs.translation.workbench.member import Limits
from libs.translation.workbench.pool import Pool

async def main():
    pool = Pool(2, Limits(2, 1 << 27), COMMAND)
    hanging = asyncio.create_task(pool.segments(Original(DEADLY, b"hang", "en", {})))
    while not pool._busy:
        await asyncio.sleep(0.01)
    await pool.segments(Original(DEADLY, b"fine", "en", {}))
    print(*(member.pid for member in [*pool._busy, *pool._idle]), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_an_owner_that_is_killed_leaves_no_process_behind_and_ctrl_c_reaches_none() -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OWNER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert owner.stdout is not None
    busy, idle = map(int, (await owner.stdout.readline()).split())
    assert os.getpgid(idle) != owner.pid
    os.kill(idle, signal.SIGINT)
    os.kill(idle, signal.SIGTERM)
    assert command_of(idle)
    owner.kill()
    _, errors = await owner.communicate()
    await gone(idle)
    await gone(busy)
    assert errors == b""
