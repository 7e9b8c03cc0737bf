"""Names nobody expects, and a source that is gone when its turn comes."""

from azure.storage.blob.aio import BlobServiceClient

from deploy.local.stack import StackOptions
from tests.e2e.system import system
from tests.e2e.test_exactly_once import QUICK, sealed

ODD = [
    "x" * 1020 + ".txt",
    "deep/" * 60 + "end.txt",
    "with spaces/and  more .txt",
    "100%.txt",
    "a#b?c%20d&e=f+g.txt",
    "%2e%2e%2f.txt",
    "emoji 😀/日本語/naïve.txt",
    "quotes'\"`.txt",
    "dots.../more.. .txt",
    "UPPER.TXT",
    ".txt.txt",
    "trailing.txt...",
]


async def test_odd_names_arrive_whole_and_a_source_deleted_meanwhile_fails_alone() -> None:
    async with system(StackOptions(engine="pseudo", workers=0, settings=QUICK)) as running:
        files = dict.fromkeys([*ODD, "gone.txt"], b"Some text.\n")
        await running.upload("odd", files)
        job = await running.post(source_container="odd", target_container="odd-es", target_language="es")
        await running.until(lambda: sealed(running, job["job_id"]))
        async with BlobServiceClient.from_connection_string(running.stack.connection_string) as blobs:
            await blobs.get_blob_client("odd", "gone.txt").delete_blob()
        await running.stack.start("worker-1")
        ended = await running.ended(job["job_id"])

        assert ended["status"] == "completed_with_errors"
        assert ended["processed_files"] == len(ODD)
        translations = await running.download("odd-es")
        assert translations.keys() == set(ODD)
        assert len(set(translations.values())) == 1
        (failure,) = await running.get(f"{job['job_id']}/files?status=failed")
        assert (failure["name"], failure["error_code"]) == ("gone.txt", "source_not_found")
