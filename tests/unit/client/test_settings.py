"""Where the API is, and its key."""

import re

import pytest
from pydantic import SecretStr

from deploy.local.places import ROOT
from libs.client.errors import ClientError
from libs.client.settings import ClientSettings


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://localhost:8000", "http://localhost:8000/"),
        ("https://example.com/translate/", "https://example.com/translate/"),
        (" http://[::1]:8000/api/v1/ ", "http://[::1]:8000/"),
    ],
)
def test_a_url_means_the_place_below_which_the_api_lies(given: str, meant: str) -> None:
    assert str(ClientSettings.of_texts(given, None).api_url) == meant


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://x", "http://", "/api", "http://x:99999", "http://[x"]
)
def test_what_is_no_url_of_an_api_is_refused(url: str) -> None:
    with pytest.raises(ClientError, match="http://"):
        ClientSettings.of_texts(url, None)


def test_a_key_is_never_shown() -> None:
    for url, key in (("http://x", "se cret"), ("http://x", "secret\r\nX: y"), ("http://me:secret@x", None)):
        with pytest.raises(ClientError) as refused:
            ClientSettings.of_texts(url, key)
        assert "cret" not in str(refused.value)
    settings = ClientSettings.of_texts("http://x", " secret ")
    assert settings.api_key == SecretStr("secret")
    assert "secret" not in repr(settings)
    assert ClientSettings.of_texts("http://x", "").api_key is None


def test_only_the_settings_read_the_environment() -> None:
    reading = re.compile(r"\benviron\b|\bgetenv\b|envvar")
    files = (ROOT / "libs" / "client").rglob("*.py")
    assert [file.name for file in files if reading.search(file.read_text(encoding="utf-8"))] == [
        "settings.py"
    ]
