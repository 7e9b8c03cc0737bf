"""A job that storage will not let be listed is given up, and says what storage refused."""

from dataclasses import replace
from typing import Any

import pytest

from libs.common.deployment import Deployment
from libs.common.errors import StorageRejected
from libs.common.ledger.records import JobStatus
from libs.jobs.expand import Expander
from libs.jobs.messages import DispatchTask
from libs.jobs.turn import Dispatch, take_turn
from tests.contract.conftest import job_row, put_texts
from tests.contract.faults import Call, around


async def refuse(_call: Call, *_arguments: Any, **_options: Any) -> Any:
    raise StorageRejected("injected: PropertyValueTooLarge (400)")


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ("page", "the source cannot be listed: injected"),
        ("extend", "storage refuses what listing the job takes: injected"),
    ],
)
async def test_a_job_that_is_given_up_says_whether_source_or_ledger_refused(
    refused: str, said: str, deployment: Deployment, container: str
) -> None:
    await put_texts(deployment.blobs, container, ["a.txt"])
    expander = Expander(deployment.files, deployment.blobs, deployment.file_queue, slice_tasks=10)
    part = "blobs" if refused == "page" else "files"
    spoilt = around(getattr(expander, part), refuse, refused)
    dispatch = Dispatch(
        jobs=deployment.jobs,
        files=deployment.files,
        queue=deployment.file_queue,
        notify_queue=deployment.notify_queue,
        expander=replace(expander, **{part: spoilt}),
        backlog=100,
        watch_seconds=30,
        stalled_seconds=3600,
    )
    job = await deployment.jobs.create(job_row(container))
    await take_turn(dispatch, DispatchTask(job_id=job.job_id))
    found = await deployment.jobs.get(job.job_id)
    assert found is not None
    assert found.status is JobStatus.CANCELLING
    assert str(found.error).startswith(said)
