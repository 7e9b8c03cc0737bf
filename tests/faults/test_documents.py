"""Documents that kill, hang or exhaust the process that reads them cost their own attempts, and no more."""

import sys
from collections.abc import Sequence

from deploy.local.stack import StackOptions
from libs.common.ledger.records import FileStatus
from libs.common.settings.memory import MIB, OWN
from tests.e2e.system import system
from tests.faults.processes import QUICK, highest_memory
from tests.unit.translation.office_files import docx

ATTEMPTS = 2
#: Deeds, with what becomes of their files.
ENDS = {
    "exit": ("document_crashed", ATTEMPTS),
    "kill": ("document_crashed", ATTEMPTS),
    "crash": ("document_crashed", ATTEMPTS),
    "hang": ("document_timeout", ATTEMPTS),
    "break": ("internal_error", ATTEMPTS),
    "eat": ("too_complex", 1),
}
SETTINGS = {
    **QUICK,
    "MAX_ATTEMPTS": str(ATTEMPTS),
    "DOCUMENT_SECONDS": "1",
    "DOCUMENT_MEMORY_BYTES": str(128 * 1024 * 1024),
    "LOG_FORMAT": "json",
}


def command(module: str) -> Sequence[str]:
    return (sys.executable, "-m", "tests.faults.deadly_services", module)


async def test_documents_that_kill_their_process_or_hang_in_it_cost_their_own_attempts_alone() -> None:
    lines: list[str] = []
    options = StackOptions(
        engine="copy",
        workers=1,
        settings=SETTINGS,
        on_line=lambda _, line: lines.append(line),
        command=command,
    )
    async with system(options) as running:
        office = docx("<w:p><w:r><w:t>All is well</w:t></w:r></w:p>")
        bad = {f"{deed}.deadly": deed.encode() for deed in ENDS}
        good = {f"{n}.docx": office for n in range(12)} | {f"{n}.txt": b"fine" for n in range(4)}
        await running.upload("mixed", bad | good)
        job = await running.post(source_container="mixed", target_container="mixed-es", target_language="es")
        worker = running.stack.services["worker-1"]
        pid = worker.pid
        await running.ended(job["job_id"])

        rows = {row.name: row for row in await running.rows(job["job_id"])}
        ends = {deed: (rows[f"{deed}.deadly"].error_code, rows[f"{deed}.deadly"].attempts) for deed in ENDS}
        assert ends == ENDS
        assert {rows[name].status for name in good} == {FileStatus.SUCCEEDED}
        assert await running.download("mixed-es") == good
        assert (worker.pid, worker.returncode) == (pid, None)
    lost = [line for line in lines if "the process that had" in line or "was not read or written" in line]
    print(f"faults fired: {len(lost)} times a process died or was ended over a document")
    assert len(lost) >= 4 * ATTEMPTS


async def test_a_document_that_wants_more_memory_than_there_is_fails_alone() -> None:
    in_flight = 48 * MIB
    settings = {
        **SETTINGS,
        "DOCUMENT_SECONDS": "60",
        "MAX_BYTES_IN_FLIGHT": str(in_flight),
        "DOCUMENT_MEMORY_BYTES": str(80 * MIB),
    }
    page = b"".join(b"<p>Paragraph %d of a long page.</p>" % n for n in range(100_000))
    # Paragraphs that are taken apart in the worker itself, and a page that is taken apart in a process.
    large = {"large.html": page, "large.txt": b"A line of its own.\n\n" * 300_000}
    small = {f"{n}.html": b"<p>All is well.</p>" for n in range(7)}
    options = StackOptions(engine="copy", workers=1, settings=settings, command=command)
    async with system(options) as running:
        await running.upload("mixed", large | small)
        worker = running.stack.services["worker-1"]
        pid = worker.pid
        job = await running.post(source_container="mixed", target_container="mixed-es", target_language="es")
        await running.ended(job["job_id"], 180)

        rows = {row.name: row for row in await running.rows(job["job_id"])}
        ends = {name: (rows[name].error_code, rows[name].attempts) for name in large}
        assert ends == dict.fromkeys(large, ("too_complex", 1))
        assert f"wants about {80 * len(page) // MIB} MiB of memory" in str(rows["large.html"].error)
        assert "DOCUMENT_MEMORY_BYTES" in str(rows["large.html"].error)
        assert "MAX_BYTES_IN_FLIGHT" in str(rows["large.txt"].error)
        assert {(rows[name].status, rows[name].attempts) for name in small} == {(FileStatus.SUCCEEDED, 1)}
        assert (worker.pid, worker.returncode) == (pid, None)
        most = highest_memory(pid)
        print(f"faults fired: 2 documents wanted too much; the worker had {most // MIB} MiB at most")
        assert most <= OWN + in_flight
