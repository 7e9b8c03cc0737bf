"""Posting to a receiver that may be anybody: what is sent, what is refused, what it is worth waiting for."""

import asyncio
import re
import time
from typing import Any

import pytest
from aiohttp import web

from deploy.local.places import ROOT
from libs.common.webhook.client import Accepted, Refused, WebhookClient, open_webhooks
from libs.common.webhook.signature import signature, signing_keys
from tests.receiver import ADDRESS, SECRET, Answer, Receiver, receiving

BODY = b'{"type":"batch_job.ended"}'


async def posted(client: WebhookClient, receiver: Receiver) -> object:
    return await client.post(receiver.url, "event-0", BODY)


async def test_a_body_arrives_signed_and_with_its_id(receiver: Receiver) -> None:
    async with receiver.opened() as client:
        assert await posted(client, receiver) == Accepted()
    (heard,) = receiver.heard
    timestamp = int(heard.headers["webhook-timestamp"])
    assert abs(timestamp - time.time()) < 60
    assert heard.headers["webhook-signature"] == signature(signing_keys(SECRET), "event-0", timestamp, BODY)
    assert (heard.body, heard.id) == (BODY, "event-0")
    assert (heard.headers["Content-Type"], heard.headers["User-Agent"]) == (
        "application/json", "batch-translation",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (200, Accepted()),
        (299, Accepted()),
        (302, Refused("it answered 302, and redirects are not followed")),
        (404, Refused("it answered 404")),
        (410, Refused("it answered 410: it wants no more", gone=True)),
        (503, Refused("it answered 503")),
    ],
)
async def test_an_answer_counts_by_its_status_alone_and_a_redirect_leads_nowhere(
    receiver: Receiver, status: int, reply: object
) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": receiver.url})

    receiver.answers = [answer]
    async with receiver.opened() as client:
        assert await posted(client, receiver) == reply
    assert len(receiver.heard) == 1


async def test_an_answer_without_end_is_not_read(receiver: Receiver) -> None:
    broken_off = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        finally:
            broken_off.set()

    receiver.answers = [endless]
    async with receiver.opened() as client:
        assert await posted(client, receiver) == Accepted()
        async with asyncio.timeout(10):
            await broken_off.wait()


async def test_a_receiver_that_never_answers_costs_no_more_than_its_time(receiver: Receiver) -> None:
    async def never(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    receiver.answers = [never]
    async with receiver.opened(seconds=0.3) as client:
        assert await posted(client, receiver) == Refused("no answer within 0.3 s")


async def test_an_answer_that_is_not_http_or_breaks_off_is_told(receiver: Receiver) -> None:
    def saying(data: bytes) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.write(data)
            request.transport.close()
            return web.Response()

        return answer

    receiver.answers = [
        saying(b"SSH-2.0-x\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 99_999),
        saying(b""),
    ]
    async with receiver.opened() as client:
        assert await posted(client, receiver) == Refused("its answer is not HTTP")
        assert await posted(client, receiver) == Refused("its answer is not HTTP")
        assert await posted(client, receiver) == Refused("it closed the connection without an answer")


async def test_the_connection_goes_to_the_address_that_was_judged_whatever_the_name_stands_for_next(
    receiver: Receiver,
) -> None:
    receiver.names.answers = [[ADDRESS], ["127.0.0.1"]]
    async with receiver.opened() as client:
        assert await posted(client, receiver) == Accepted()
        assert receiver.names.asked == 1
        assert await posted(client, receiver) == Refused("its address is not a public one")
    assert (len(receiver.heard), receiver.names.asked) == (1, 2)


@pytest.mark.parametrize("addresses", [[ADDRESS, "10.0.0.1"], ["169.254.169.254"], ["::1"], []])
async def test_one_address_that_is_not_public_closes_the_whole_name(
    receiver: Receiver, addresses: list[str]
) -> None:
    receiver.names.answers = [addresses]
    async with receiver.opened() as client:
        assert await posted(client, receiver) == Refused("its address is not a public one")
    assert receiver.heard == []


async def test_as_a_deployment_opens_it_a_client_reaches_nothing_on_this_machine() -> None:
    async with open_webhooks(signing_keys(SECRET), ("localhost:*",)) as client:
        reply = await client.post("https://localhost:8443/", "event-0", BODY)
        assert reply == Refused("its address is not a public one")


async def test_an_address_or_a_host_that_is_not_allowed_any_more_is_not_even_looked_up(
    receiver: Receiver,
) -> None:
    async with receiver.opened() as client:
        for url in (f"https://{ADDRESS}:{receiver.port}/", "https://elsewhere.example.com/"):
            assert isinstance(await client.post(url, "event-0", BODY), Refused)
    assert (receiver.heard, receiver.names.asked) == ([], 0)


async def test_a_certificate_for_another_name_is_refused() -> None:
    async with receiving(("other.example.com",)) as receiver, receiver.opened() as client:
        reply = await posted(client, receiver)
        assert isinstance(reply, Refused)
        assert "certificate" in reply.reason
        assert receiver.heard == []


async def test_a_proxy_of_the_environment_is_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    async with receiver.opened() as client:
        assert await posted(client, receiver) == Accepted()


async def test_nobody_at_the_port_is_told_without_addresses() -> None:
    async with receiving() as gone:
        pass
    async with gone.opened() as client:
        assert await posted(client, gone) == Refused("it cannot be connected to")


async def test_the_lines_of_the_document_tell_what_is_genuine(receiver: Receiver) -> None:
    document = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    lines: dict[str, Any] = {}
    exec(code, lines)
    is_genuine = lines["is_genuine"]
    other = "whsec_" + "b3RoZXIgc2VjcmV0IG9mIG1hbnkgYnl0ZXM="
    async with receiver.opened(keys=signing_keys(f"{other} {SECRET}")) as client:
        await posted(client, receiver)
    (heard,) = receiver.heard
    assert is_genuine(SECRET, heard.headers, heard.body)
    assert is_genuine(other, heard.headers, heard.body)
    assert not is_genuine(SECRET, heard.headers, heard.body + b" ")
    assert not is_genuine(SECRET, {**heard.headers, "webhook-id": "event-1"}, heard.body)
    assert not is_genuine("whsec_" + "bm90IHRoZSBzZWNyZXQgb2YgYW55Ym9keQ==", heard.headers, heard.body)
    long_ago = str(int(heard.headers["webhook-timestamp"]) - 3600)
    resigned = signature(signing_keys(SECRET), heard.id, int(long_ago), heard.body)
    old = {**heard.headers, "webhook-timestamp": long_ago, "webhook-signature": resigned}
    assert not is_genuine(SECRET, old, heard.body)
