"""More open jobs than one dispatcher can look at between two sweeps: messages do not multiply, and a new job
is taken up all the same. ``make bench-jobs`` measures the same with ten thousand jobs.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from aiohttp import web

from deploy.local.azurite import Ports, connection_string
from libs.common.deployment import Deployment
from libs.common.ledger.records import JobStatus
from libs.jobs.messages import DispatchTask, decode
from tests.conftest import Explicit
from tests.faults.operations import operation
from tests.faults.places import ports_of
from tests.faults.relay import Relay, cut, listening, session
from tests.integration.conftest import Upload, new_job
from tests.integration.dispatcher.test_dispatcher import dispatching, post, until

#: Jobs, and turns that a run takes: the first of each job, while sweeps come in between.
JOBS, TURNS = 60, 70
#: Messages of a job at a time.
MOST = 2
#: So short that a dispatcher cannot look at each job before the sweep's patience is over.
HURRIED = {"watch_interval": 0.2, "sweep_interval": 0.3, "sweep_after": 0.3}


class Watched(Relay):
    """The queue service, where each dispatch message is noted that comes or goes."""

    def __init__(self, upstream: Ports, client: aiohttp.ClientSession) -> None:
        super().__init__(upstream, client)
        self.turns = 0
        #: The most messages that each job has had at a time.
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._job_of: dict[str, str] = {}

    async def handle(self, service: str, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.content.read()
        answer = await self.pass_on(service, request, body)
        if answer is None:
            return cut(request)
        if answer.status < web.HTTPBadRequest.status_code and "/dispatch-" in request.raw_path:
            name = operation(service, request.method, request.raw_path)
            self._note(name, request.path.rpartition("/")[2], body, answer)
        return answer

    def _note(self, name: str, last: str, body: bytes, answer: web.Response) -> None:
        if name == "queue send":
            message_id = ET.fromstring(answer.body).findtext("QueueMessage/MessageId", "")  # type: ignore[arg-type]
            text = ET.fromstring(body).findtext("MessageText", "")
            job_id = self._job_of[message_id] = decode(DispatchTask, text).job_id
            self._now[job_id] += 1
            self.most[job_id] = max(self.most[job_id], self._now[job_id])
        elif name == "queue delete":
            self._now[self._job_of[last]] -= 1
        elif name == "queue update":
            self.turns += 1


@pytest.fixture
async def watched(connection_string: str) -> AsyncIterator[Watched]:
    async with session() as client:
        relay = Watched(ports_of(connection_string), client)
        async with listening(relay):
            yield relay


@pytest.fixture
def account(watched: Watched) -> str:
    """Azurite, its queue service by way of the watched one."""
    direct = watched.upstream
    return connection_string(Ports(direct.blob, watched.ports.queue, direct.table))


async def open_job(deployment: Deployment, container: str) -> None:
    """An open job with the message of its submission, without a look at its source."""
    job = await deployment.jobs.create(new_job(container))
    await deployment.dispatch_queue.send(DispatchTask(job_id=job.job_id).encode())


async def test_messages_of_many_open_jobs_do_not_multiply_and_a_new_job_is_taken_up(
    explicit: Explicit, deployment: Deployment, upload: Upload, container: str, watched: Watched
) -> None:
    await upload(container, {"only.txt": b"x"})
    await asyncio.gather(*(open_job(deployment, container) for _ in range(JOBS)))
    async with dispatching(explicit, **HURRIED):

        async def turns_are_taken() -> bool:
            return watched.turns >= TURNS or max(watched.most.values()) > MOST

        await until(turns_are_taken, 120)
        assert max(watched.most.values()) <= MOST, f"after {watched.turns} turns"
        new = await post(deployment, container)

        async def is_taken_up() -> bool:
            job = await deployment.jobs.get(new)
            return job is not None and job.status is not JobStatus.QUEUED

        await until(is_taken_up)
    again = sum(watched.most.values()) - len(watched.most)
    print(f"{len(watched.most)} jobs, {watched.turns} turns, {again} second messages")
    assert len(watched.most) == JOBS + 1
    assert max(watched.most.values()) <= MOST
