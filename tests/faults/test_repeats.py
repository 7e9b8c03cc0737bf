"""What a fault repeats costs little: nothing is sent, asked or translated again without need."""

import pytest
from pydantic import SecretStr

from libs.common.deployment import Deployment, open_deployment
from libs.common.errors import StorageUnavailable
from libs.common.ledger.records import FileStatus
from libs.common.settings import WorkerSettings
from libs.common.storage.queues import WorkQueue
from libs.jobs.expand import Expander, expand_slice, send_tasks
from tests.conftest import Explicit
from tests.contract.conftest import job_row, messages_of, put_texts
from tests.contract.faults import Strike, around, fail_before
from tests.faults.checker import check
from tests.faults.evidence import rows_of
from tests.faults.places import ports_of
from tests.faults.plan import Fault, Plan
from tests.faults.proxy import proxy
from tests.faults.running import (
    Names,
    drained,
    followed,
    listening,
    new_job,
    services,
    submitted,
    texts,
    until,
    upload,
)


async def test_of_many_messages_only_the_one_that_failed_is_sent_again(
    deployment: Deployment, container: str
) -> None:
    names = [f"{number}.txt" for number in range(20)]
    await put_texts(deployment.blobs, container, names)
    job, strike = job_row(container), Strike(7, fail_before)
    queue: WorkQueue = around(deployment.file_queue, strike, "send")
    expander = Expander(deployment.files, deployment.blobs, queue, slice_tasks=100)
    await expand_slice(expander, job, await deployment.files.begin(job.job_id))
    assert strike.fired
    assert sorted(task.name for task in await messages_of(deployment.file_queue)) == sorted(names)
    print("faults fired: 1 message not sent")


async def test_a_receive_that_fails_is_told_at_once_and_left_to_its_caller(
    explicit: Explicit, connection_string: str
) -> None:
    async with proxy(
        ports_of(connection_string), Plan(rate=1, faults=[Fault.BUSY], only="queue receive")
    ) as faulty:
        secret = SecretStr(faulty.connection_string)
        async with open_deployment(explicit(WorkerSettings, azure_storage_connection_string=secret)) as ours:
            with pytest.raises(StorageUnavailable):
                await ours.file_queue.receive(1, 30)
        print(f"faults fired: {faulty.faults}")
        assert faulty.faults == {Fault.BUSY: 1}


async def test_a_file_that_was_sent_again_and_is_done_is_not_translated_again(connection_string: str) -> None:
    names, sources = Names(), texts(60)
    container = f"again-{names.own}"
    async with open_deployment(names.settings(WorkerSettings, connection_string)) as seen:
        await upload(seen, container, sources)
        job = new_job(container)
        await submitted(seen, job)
        with listening() as begun:
            async with services(names, connection_string, workers=1, pseudo_delay_ms=200):
                await until(lambda: is_listed(seen, job.job_id))
                first = {
                    row.name: row
                    for row in await rows_of(seen, job.job_id)
                    if row.status is FileStatus.PENDING
                }
                await until(lambda: is_half_done(seen, job.job_id))
                done = [
                    row.name
                    for row in await rows_of(seen, job.job_id)
                    if row.status is not FileStatus.PENDING
                ]
                again = [first[name] for name in done if name in first]
                await send_tasks(seen.file_queue, job.job_id, again, again=True)
                await followed(seen, job.job_id, 60)
                await drained(seen)
        (await check(seen, job.job_id, sources)).require()
        print(f"faults fired: {len(again)} messages sent twice")
        assert again
        assert begun.times[job.job_id] == dict.fromkeys(sources, 1)


async def test_a_send_whose_reply_is_lost_costs_no_second_translation(connection_string: str) -> None:
    names, sources = Names(), texts(40)
    container = f"lost-{names.own}"
    plan = Plan(seed=3, rate=0.25, faults=[Fault.LOST_REPLY], only="queue send")
    async with (
        open_deployment(names.settings(WorkerSettings, connection_string)) as seen,
        proxy(ports_of(connection_string), plan) as faulty,
    ):
        await upload(seen, container, sources)
        job = new_job(container)
        await submitted(seen, job)
        with listening() as begun:
            async with services(names, faulty.connection_string, workers=1):
                await followed(seen, job.job_id, 60)
                await drained(seen)
        (await check(seen, job.job_id, sources)).require()
        print(f"faults fired: {dict(faulty.faults)}")
        assert faulty.faults[Fault.LOST_REPLY] >= 5
        assert begun.times[job.job_id] == dict.fromkeys(sources, 1)


async def is_listed(deployment: Deployment, job_id: str) -> bool:
    return (await deployment.files.progress(job_id)).sealed


async def is_half_done(deployment: Deployment, job_id: str) -> bool:
    progress = await deployment.files.progress(job_id)
    return progress.counts.ended * 2 >= progress.total
