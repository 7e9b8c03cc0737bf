"""What leaves through a transport is counted, and what took long is kept."""

import json
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import tally
from benchmarks.programs import told
from benchmarks.tally import Tally, count_sync, services_of

ACCOUNT = "AccountName=a;BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:2/a;"


class Request:
    def __init__(self, method: str, url: str) -> None:
        self.method, self.url = method, url
        self.headers = {"Content-Length": "5"}


class Transport:
    """Answers with each of ``ends`` in turn: a status, or an error."""

    ends: list[Any] = []  # noqa: RUF012 - set anew by each test

    def send(self, _request: Any, **_: Any) -> Any:
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return SimpleNamespace(status_code=end, headers={"Content-Length": "7"})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(tally, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


def counting() -> tuple[Tally, Any]:
    counted = type("Counted", (Transport,), {"send": Transport.send})
    own = Tally()
    count_sync(counted, own, services_of(ACCOUNT))
    return own, counted()


def test_requests_are_told_by_service_and_method_with_their_bytes(tmp_path: Path) -> None:
    own, transport = counting()
    Transport.ends = [200, 201]
    transport.send(Request("GET", "http://127.0.0.1:1/a/c/b"))
    transport.send(Request("PUT", "http://127.0.0.1:1/a/c/b"))
    own.write(tmp_path / "a.json")
    said = told([tmp_path / "a.json", tmp_path / "a.json"])
    assert dict(said.calls.requests) == {"blob GET": 2, "blob PUT": 2}
    assert said.calls.bytes == 2 * 24
    assert len(said.written) == 2


def test_the_clock_starts_at_the_first_receive_not_at_another_look_into_the_queue(
    clock: SimpleNamespace,
) -> None:
    own, transport = counting()
    Transport.ends = [200] * 3
    for path in ("q?comp=metadata", "q/messages?numofmessages=8", "q/messages?numofmessages=8"):
        clock.now += 1
        transport.send(Request("GET", f"http://127.0.0.1:2/a/{path}"))
    assert own.received == 1002
    assert own.opening == 1


def test_what_a_process_does_that_never_receives_is_no_start(tmp_path: Path) -> None:
    own, transport = counting()
    Transport.ends = [200]
    transport.send(Request("PUT", "http://127.0.0.1:1/a/target/file.txt"))
    own.write(tmp_path / "a.json")
    assert told([tmp_path / "a.json"]).opening == 0


@pytest.mark.parametrize(
    ("end", "why"), [(ConnectionResetError(), "ConnectionResetError"), (503, "status 503")]
)
def test_the_pause_before_a_request_is_sent_again_is_kept_with_its_reason(
    end: Any, why: str, clock: SimpleNamespace, tmp_path: Path
) -> None:
    own, transport = counting()
    Transport.ends = [end, 200]
    request = Request("PUT", "http://127.0.0.1:2/a/q/messages/1")
    with suppress(ConnectionResetError):
        transport.send(request)
    clock.now += 15
    transport.send(request)
    assert own.waits == [(f"queue PUT sent again after {why}", 1000.0, 15.0)]
    own.write(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["faults"] == {why: 1}
