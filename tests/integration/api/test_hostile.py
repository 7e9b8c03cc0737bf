"""Names, headers and requests of strangers: they stay data, whatever they look like."""

import asyncio
import csv
import io
import socket
import string
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from libs.common.runtime.health import serve
from libs.common.settings import ApiSettings
from services.api import bodies, manifest
from services.api.problems import Code
from tests.conftest import Explicit
from tests.integration.api.conftest import Client
from tests.integration.api.test_codes import meets
from tests.integration.serving import opened_api

CONTAINERS = "/api/v1/batch/containers"
NAMES = {
    "markup": '<img src=x onerror="alert(1)">.txt',
    "quotes": 'a"; filename="evil.exe.txt',
    "formula": '=HYPERLINK("http://x").txt',
    "dots": "..a/...b/c..txt",
    "an address": "http://evil.example/?q=1#x.txt",
    "percent": "a%2e%2e%2fb%0d%0aX-Evil: 1.txt",
    "right to left": "a\u202etxt.exe",
    "an extension of headers": "a*=UTF-8''b;c,d.txt",
}  # fmt: skip
#: What a header may hold of a name: percent-encoded text (RFC 8187).
PLAIN = frozenset(f"{string.ascii_letters}{string.digits}-._~%")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_a_name_of_any_look_stays_a_name(client: Client, container: str, name: str) -> None:
    await client.put(f"{CONTAINERS}/{container}")
    url = _url(container, name)
    put = await client.put(url, data=b"<script>", headers={"Content-Type": "text/html"})
    assert (put.status, (await put.json())["name"]) == (201, name)
    assert put.headers["Location"] == url.raw_path

    got = await client.get(url)
    assert (got.status, await got.read()) == (200, b"<script>")
    told = got.headers["Content-Disposition"]
    assert told.startswith("attachment; filename*=UTF-8''")
    assert set(told.removeprefix("attachment; filename*=UTF-8''")) <= PLAIN
    assert got.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Evil" not in got.headers

    listing = await client.get(f"{CONTAINERS}/{container}/files")
    assert [file["name"] for file in await listing.json()] == [name]
    assert listing.content_type == "application/json"


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1", "a\nb", "\x00", "a\x7f", "a\x1b[31m"], ids=repr)
async def test_a_name_that_could_end_a_header_or_colour_a_terminal_is_refused(
    client: Client, container: str, name: str
) -> None:
    for method in ("PUT", "GET"):
        response = await client.request(method, _url(container, name))
        await meets(Code.INVALID_FILE_NAME, response)
        assert "X-Evil" not in response.headers


@given(st.text() | st.lists(st.sampled_from([*FORMULAS, ";", "\n", "a", '"', ","])).map("".join))
def test_no_cell_of_a_manifest_begins_a_formula(name: str) -> None:
    line = manifest._lines([[manifest._cell(name), "x"]]).decode("utf-8", "surrogatepass")
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator):
            assert not [cell for cell in row if cell.startswith(FORMULAS)]


def _url(container: str, name: str) -> URL:
    return URL(f"{CONTAINERS}/{container}/files/{quote(name, safe='/')}", encoded=True)


@pytest.fixture
async def serving(explicit: Explicit) -> AsyncIterator[int]:
    """A port with the API behind it, served as it is in production."""
    settings = explicit(ApiSettings, translation_engine="copy")
    async with opened_api(settings) as app, serve(app, "127.0.0.1", 0) as port:
        yield port


async def raw(port: int, request: bytes) -> bytes:
    """What the server says to bytes that no HTTP client sends, until it hangs up.

    A server that hangs up on what it has not read resets the connection. Its answer came before that: as
    HTTP clients do, this one reads what has come though it can send no more, which a stream would not.
    """
    loop, said = asyncio.get_running_loop(), b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setblocking(False)
        with suppress(ConnectionError):
            await loop.sock_sendall(connection, request)
        with suppress(ConnectionError):
            while piece := await loop.sock_recv(connection, 65_536):
                said += piece
    return said


HEAD = b"GET /api/v1/batch/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
POST = HEAD.replace(b"GET", b"POST")
MALFORMED = {
    "a header of 64 KiB": HEAD + b"X-Large: " + b"x" * 65_536 + b"\r\n\r\n",
    "a path of 64 KiB": b"GET /" + b"x" * 65_536 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "50,000 headers": HEAD + b"X: x\r\n" * 50_000 + b"\r\n",
    "a line feed alone": HEAD + b"X-A: 1\nAuthorization: x\r\n\r\n",
    "NUL in a header": HEAD + b"X-A: x\x00\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}",
    "length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length that is none": POST + b"Content-Length: +2\r\n\r\n{}",
    "a blank before the colon": HEAD + b"Authorization : x\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfcx\r\n\r\n",
}


@pytest.mark.parametrize("request_", MALFORMED.values(), ids=MALFORMED)
async def test_a_request_that_others_would_read_otherwise_is_refused_and_harms_nobody(
    serving: int, request_: bytes
) -> None:
    async with asyncio.timeout(15):
        assert b" 400 " in (await raw(serving, request_)).partition(b"\r\n")[0]
        assert (await raw(serving, HEAD + b"\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_a_file_that_stands_still_on_its_way_in_is_not_waited_for(
    client: Client, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_PIECE_SECONDS", 0.2)
    await client.put(f"{CONTAINERS}/{container}")
    path = f"{CONTAINERS}/{container}/files/slow.txt"
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf"
    async with asyncio.timeout(15):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head.encode())
        answer = await reader.readuntil(b"}")
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in answer
    assert await (await client.get(f"{CONTAINERS}/{container}/files")).json() == []
