"""A small job does not wait for a large one: jobs take turns, and the file queue is never long."""

from deploy.local.stack import StackOptions
from tests.e2e.system import system
from tests.e2e.test_exactly_once import QUICK

LARGE, SMALL, BACKLOG = 5000, 5, 200
#: Files of the large job that may end between the small one's POST and its end.
PROMISED = 300


async def test_five_files_behind_five_thousand_wait_for_one_backlog_at_most() -> None:
    settings = {**QUICK, "DISPATCH_BACKLOG": str(BACKLOG), "PSEUDO_DELAY_MS": "20"}
    async with system(StackOptions(engine="pseudo", workers=2, settings=settings)) as running:
        await running.upload("large", {f"{n:05}.txt": b"Some text.\n" for n in range(LARGE)})
        await running.upload("small", {f"{n}.txt": b"Some text.\n" for n in range(SMALL)})
        large = await running.post(
            source_container="large", target_container="large-es", target_language="es"
        )

        async def is_under_way() -> bool:
            return bool((await running.get(large["job_id"]))["processed_files"] >= 400)

        await running.until(is_under_way)
        before = (await running.get(large["job_id"]))["processed_files"]
        small = await running.post(
            source_container="small", target_container="small-es", target_language="es"
        )
        ended = await running.ended(small["job_id"])
        after = await running.get(large["job_id"])

        assert ended["status"] == "completed"
        assert after["status"] == "processing", "the large job was over: nothing is shown"
        overtaken = after["processed_files"] - before
        assert overtaken < PROMISED
        print(f"{overtaken} files of the large job ended meanwhile")
        await running.cancel(large["job_id"])
        await running.ended(large["job_id"])
