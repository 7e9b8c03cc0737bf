"""The proxy passes on what the SDKs say as it is, and each fault does what its name says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.queue.aio import QueueClient, QueueServiceClient
from pydantic import SecretStr

from deploy.local.azurite import Ports
from libs.common.deployment import Deployment, open_deployment
from libs.common.ledger.records import FileStatus
from libs.common.settings import WorkerSettings
from tests.conftest import Explicit
from tests.contract.conftest import PATIENCE, eventually, job_row, listed, messages_of, put_texts, rows_of
from tests.faults.evidence import blobs_of
from tests.faults.places import ports_of
from tests.faults.plan import CHOICE, Fault, Plan
from tests.faults.proxy import Proxy, proxy

ODD = ["a.txt", "c d#?%.txt", "folder/e+f&g=h.txt", "日本.txt"]


@pytest.fixture
def upstream(connection_string: str) -> Ports:
    return ports_of(connection_string)


async def test_everything_passes_unchanged(explicit: Explicit, upstream: Ports, container: str) -> None:
    async with proxy(upstream) as passing:
        secret = SecretStr(passing.connection_string)
        async with open_deployment(explicit(WorkerSettings, azure_storage_connection_string=secret)) as ours:
            await ours.ready()
            await put_texts(ours.blobs, container, ODD)
            assert await blobs_of(ours, container) == dict.fromkeys(ODD, b"Hello.")
            assert await ours.blobs.version(container, "absent.txt") is None
            assert (await ours.blobs.version(container, ODD[1]) or None) is not None
            job = await ours.jobs.create(job_row(container))
            await listed(ours.files, job.job_id, ODD)
            rows = await rows_of(ours.files, job.job_id)
            assert {row.name for row in rows} == set(ODD)
            assert {row.status for row in rows} == {FileStatus.PENDING}
            await _all_of_a_queue(ours)
    assert not passing.fired


async def _all_of_a_queue(deployment: Deployment) -> None:
    await deployment.file_queue.send("<body>&\u65e5")
    (message,) = await deployment.file_queue.receive(32, 60)
    assert message.body == "<body>&\u65e5"
    queue = deployment.file_queue.leases
    renewed = await queue.update_message(message.id, pop_receipt=message.receipt, visibility_timeout=60)
    await queue.delete_message(message.id, renewed.pop_receipt)
    assert await messages_of(deployment.file_queue) == []


@asynccontextmanager
async def failing(upstream: Ports, fault: Fault) -> AsyncIterator[tuple[Proxy, QueueClient]]:
    """A queue, reached without any retry through a proxy where each sending meets the fault."""
    async with proxy(upstream, Plan(rate=1, faults=[fault], only="queue send")) as faulty:
        faulty.durations.hang = faulty.durations.delay = faulty.durations.late = 0.2
        async with QueueServiceClient.from_connection_string(
            faulty.connection_string, retry_total=0
        ) as queues:
            queue = queues.get_queue_client(f"q-{fault.name.lower().replace('_', '-')}")
            await queue.create_queue()
            yield faulty, queue


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.TIMED_OUT, Fault.THROTTLED, Fault.HANG, Fault.RESET])
async def test_what_is_refused_is_not_carried_out(upstream: Ports, fault: Fault) -> None:
    async with failing(upstream, fault) as (faulty, queue):
        with pytest.raises(AzureError) as caught:
            await queue.send_message("x")
        if fault in {Fault.BUSY, Fault.TIMED_OUT, Fault.THROTTLED}:
            assert isinstance(caught.value, HttpResponseError)
            status, code = fault.split()
            assert caught.value.status_code == int(status)
            assert code in str(caught.value.message)
        assert await _length(queue) == 0
    assert faulty.fired == {("queue send", fault): 1}


async def test_a_lost_reply_is_of_something_that_was_carried_out(upstream: Ports) -> None:
    async with failing(upstream, Fault.LOST_REPLY) as (faulty, queue):
        with pytest.raises(AzureError):
            await queue.send_message("x")
        assert await _length(queue) == 1
    assert faulty.faults == {Fault.LOST_REPLY: 1}


async def test_a_late_attempt_lands_after_its_sender_has_given_up(upstream: Ports) -> None:
    async with failing(upstream, Fault.LATE) as (faulty, queue):
        with pytest.raises(AzureError):
            await queue.send_message("x")
        assert await _length(queue) == 0
        await faulty.landed()
        assert await _length(queue) == 1


async def test_a_slow_request_arrives(upstream: Ports) -> None:
    async with failing(upstream, Fault.DELAY) as (faulty, queue):
        await queue.send_message("x")
        assert await _length(queue) == 1
    assert faulty.faults == {Fault.DELAY: 1}


async def test_one_service_can_be_away_while_the_others_answer(explicit: Explicit, upstream: Ports) -> None:
    async with proxy(upstream) as passing:
        secret = SecretStr(passing.connection_string)
        async with open_deployment(explicit(WorkerSettings, azure_storage_connection_string=secret)) as ours:
            passing.down = {"queue"}
            await ours.jobs.page(1, None)
            await ours.blobs.reachable()
            with pytest.raises(AzureError):
                await ours.file_queue.leases.get_queue_properties()
    assert passing.faults[Fault.DOWN] > 0


async def test_a_held_request_is_carried_out_when_it_is_released(upstream: Ports) -> None:
    async with proxy(upstream) as passing:
        held = passing.hold("queue create")
        async with QueueServiceClient.from_connection_string(
            passing.connection_string, retry_total=0, read_timeout=0.3
        ) as queues:
            with pytest.raises(AzureError):
                await queues.create_queue("q-held")
            assert held.arrived.is_set()
            held.released.set()
            await eventually(held.done.is_set, PATIENCE)
            assert await _length(queues.get_queue_client("q-held")) == 0


def test_a_seed_gives_the_same_fates_whatever_else_is_asked_in_between() -> None:
    alone, mixed = Plan(seed=7, rate=0.5), Plan(seed=7, rate=0.5)
    fates = [alone.fate("blob put") for _ in range(200)]
    again = []
    for _ in range(200):
        mixed.fate("blob get")
        again.append(mixed.fate("blob put"))
    assert again == fates
    assert set(CHOICE) <= set(fates)
    assert [Plan(seed=8, rate=0.5).fate("blob put") for _ in range(3)] != fates[:3]


async def _length(queue: QueueClient) -> int:
    return int((await queue.get_queue_properties()).approximate_message_count or 0)
