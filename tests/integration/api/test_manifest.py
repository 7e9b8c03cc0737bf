"""The result manifest: what became of every file, for a spreadsheet."""

import csv
import io

from libs.common.ledger.records import FileStatus
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from tests.integration.api.behind import JOBS
from tests.integration.api.conftest import Client, PostJob


async def test_the_manifest_has_every_file_and_no_formula(
    client: Client, post_job: PostJob, dispatch: Dispatch
) -> None:
    names = ['=HYPERLINK("x").txt', "@sum.txt", 'comma, quote".txt', "plain.txt", "a;=1+1.txt"]
    job_id = (await post_job(dict.fromkeys(names, b"x")))["job_id"]
    await take_turn(dispatch, DispatchTask(job_id=job_id))
    response = await client.get(f"{JOBS}/{job_id}/files?format=csv")
    assert response.content_type == "text/csv"
    rows = list(csv.DictReader(io.StringIO(await response.text(), newline="")))
    assert {row["name"] for row in rows} == {f"'{names[0]}", f"'{names[1]}", *names[2:4], "a;'=1+1.txt"}
    assert {row["status"] for row in rows} == {FileStatus.PENDING.value}
