"""A large job that is told to stop stops soon, and its counts stay exact."""

import time

from deploy.local.stack import StackOptions
from tests.e2e.system import system
from tests.e2e.test_exactly_once import QUICK

FILES = 5000
#: What a user is promised: after this no file begins any more (seconds).
PROMISED = 10.0


async def test_no_file_of_a_cancelled_job_begins_ten_seconds_after_the_call() -> None:
    began: list[float] = []

    def watch(_name: str, line: str) -> None:
        if "Processing job" in line:
            began.append(time.monotonic())

    settings = {**QUICK, "LOG_LEVEL": "INFO", "PSEUDO_DELAY_MS": "50"}
    async with system(StackOptions(engine="pseudo", workers=2, settings=settings, on_line=watch)) as running:
        await running.upload("large", {f"{n:05}.txt": b"Some text.\n" for n in range(FILES)})
        job = await running.post(source_container="large", target_container="large-es", target_language="es")

        async def is_under_way() -> bool:
            return bool((await running.get(job["job_id"]))["processed_files"] >= 100)

        await running.until(is_under_way)
        called = time.monotonic()
        assert (await running.cancel(job["job_id"]))["status"] == "cancelling"
        ended = await running.ended(job["job_id"], 120)

        assert ended["status"] == "cancelled"
        assert 100 <= ended["processed_files"] < FILES
        assert ended["processed_files"] + ended["cancelled_files"] == ended["total_files"]
        assert ended["pending_files"] == ended["failed_files"] == 0
        assert max(began) - called < PROMISED
        assert len(await running.download("large-es")) == ended["processed_files"]
        late = max(began) - called
        print(f"last file began {late:.1f} s after the call, {ended['cancelled_files']} cancelled")
