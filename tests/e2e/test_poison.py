"""A file that kills the process: it costs exactly its attempts, and nobody else anything."""

import json
import sys
from collections.abc import Sequence

from deploy.local.stack import StackOptions, service_command
from libs.common.ledger.records import FileStatus
from tests.e2e.deadly_worker import DEADLY, SLOW
from tests.e2e.system import system
from tests.e2e.test_exactly_once import QUICK


def command(module: str) -> Sequence[str]:
    return (
        (sys.executable, "-m", "tests.e2e.deadly_worker") if module == "worker" else service_command(module)
    )


async def test_a_file_that_kills_the_process_is_given_up_after_exactly_five_deliveries() -> None:
    options = StackOptions(
        engine="copy", workers=0, settings={**QUICK, "VISIBILITY_TIMEOUT": "2"}, command=command
    )
    async with system(options) as running:
        # Those that are slow are in hand at each death, until it is looked for alone.
        mates = {f"{n}.txt": b"fine" for n in range(4)} | {
            f"{n}.txt": f"{SLOW} {n}".encode() for n in (4, 5, 6)
        }
        files = mates | {"bad.txt": DEADLY.encode()}
        await running.upload("mixed", files)
        job = await running.post(source_container="mixed", target_container="mixed-es", target_language="es")
        deaths = 0
        worker = await running.stack.start("worker-1")
        async for _ in running.poll(job["job_id"], 90):
            if worker.returncode is not None:
                assert worker.returncode == 66
                await worker.kill()  # it is dead; this closes our end
                deaths += 1
                worker = await running.stack.start("worker-1")

        assert deaths == 5
        rows = {row.name: row for row in await running.rows(job["job_id"])}
        bad = rows.pop("bad.txt")
        assert (bad.status, bad.error_code, bad.attempts) == (FileStatus.FAILED, "worker_lost", 5)
        assert {row.status for row in rows.values()} == {FileStatus.SUCCEEDED}
        assert {row.attempts for row in rows.values()} == {1}
        ((_, letter),) = await running.deployment.file_queue.dead.peek(5)
        assert json.loads(letter)["reason"] == "worker_lost"
        print(f"faults fired: the worker died {deaths} times")
