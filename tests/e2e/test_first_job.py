"""The three-field request of the first generation, through real processes, with the real engine."""

import shutil
import time

from deploy.local.stack import StackOptions
from tests.conftest import missing
from tests.e2e.system import system

LETTERS = {
    "letters/house.txt": "The white house is big.\n",
    "letters/2025/cats.txt": "Dear friend,\n\nThe cats are happy.\n",
    "notes/empty.txt": "",
    "readme.txt": "My brother has two books.\r\n",
    "notes/accents.txt": "The café is open today.\n",
}


async def test_the_three_field_request_ends_completed_with_its_files_in_spanish() -> None:
    if shutil.which("apertium") is None:
        missing("apertium")
    lines: list[str] = []
    options = StackOptions(on_line=lambda name, line: lines.append(f"{name} {line}"))
    async with system(options) as running:
        await running.upload("exports", {name: text.encode() for name, text in LETTERS.items()})
        posted = time.monotonic()
        job = await running.post(
            source_container="exports", target_container="translations", target_language="es"
        )
        answered = time.monotonic() - posted

        assert job["status"] == "queued"
        assert job["total_files"] == 5
        ended = await running.ended(job["job_id"])

        assert await running.get(f"{job['job_id']}/files?status=failed") == []
        assert ended["status"] == "completed"
        assert (ended["processed_files"], ended["failed_files"]) == (5, 0)
        translations = await running.download("translations")
        assert translations.keys() == LETTERS.keys()
        assert translations["letters/house.txt"] == b"La casa blanca es grande.\n"
        assert translations["readme.txt"].endswith(b"\r\n")
        assert translations["notes/empty.txt"] == b""
        for name in ("letters/2025/cats.txt", "notes/accents.txt"):
            assert translations[name] != LETTERS[name].encode()
        print(f"answered in {answered * 1000:.0f} ms")
    said = "\n".join(lines)
    for line in (
        f"Batch job {job['job_id']} started: Queuing 5 files",
        f"Processing job {job['job_id']}: letters/house.txt",
        f"Job completed: {job['job_id']} (5/5 succeeded)",
        "Worker started",
        "Worker stopping",
        "Worker stopped",
    ):
        assert line in said, f"nobody logged {line!r}"
