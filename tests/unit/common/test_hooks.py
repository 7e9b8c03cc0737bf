"""Where notifications may go: addresses as callers write them, and what they stand for."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from libs.common.webhook.addresses import is_public
from libs.common.webhook.hooks import LONGEST_URL, hook_of


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("https://hooks.example.com", "hooks.example.com"),
        ("https://hooks.example.com:443/a?b=%2F&c=@:", "hooks.example.com"),
        ("https://hooks.example.com:8443/", "hooks.example.com:8443"),
        ("https://xn--bcher-kva.example?x", "xn--bcher-kva.example"),
        ("https://localhost:8443", "localhost:8443"),
    ],
)
def test_an_address_is_a_host_by_its_name_with_path_and_query(text: str, place: str) -> None:
    assert hook_of(text).place == place


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://example.com/", "https://"),
        ("https:example.com", "https://"),
        ("https://user@example.com/", "no user"),
        ("https://user:secret@example.com/", "no user"),
        ("https://@example.com/", "no user"),
        ("https://example.com:443@169.254.169.254/", "no user"),
        ("https://example.com/#fragment", "fragment"),
        ("https://bücher.example/", "ASCII"),
        ("https://\uff11\uff12\uff17.0.0.1/", "ASCII"),
        ("https://127.0.0.1/", "by its name"),
        ("https://2130706433/", "by its name"),
        ("https://0x7f000001/", "by its name"),
        ("https://0x7f.1/", "by its name"),
        ("https://0177.0.0.1/", "by its name"),
        ("https://example.0x7f/", "by its name"),
        ("https://[::1]/", "by its name"),
        ("https://[::ffff:127.0.0.1]/", "by its name"),
        ("https://localhost./", "by its name"),
        ("https://example..com/", "by its name"),
        ("https://Example.com/", "by its name"),
        ("https://-example.com/", "by its name"),
        ("https://ex%61mple.com/", "by its name"),
        ("https://example.com\\@evil.example/", "escaped"),
        ("https://exa mple.com/", "by its name"),
        ("https:///path", "by its name"),
        ("https://example.com:/", "by its name"),
        ("https://example.com:x/", "by its name"),
        ("https://example.com:0/", "a port"),
        ("https://example.com:65536/", "a port"),
        ("https://example.com/a b", "escaped"),
        ("https://example.com/%zz", "escaped"),
        ("https://example.com/\r\nHost: evil", "escaped"),
        ("https://example.com/\n", "escaped"),
        (f"https://{'a.' * 127}com/", "by its name"),
        (f"https://example.com/{'a' * LONGEST_URL}", "at most"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_what_is_expected(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        hook_of(text)


@given(st.text(max_size=40) | st.text(alphabet="ab.-_:@/?#%[]\\0179xf\t\n", max_size=20))
def test_what_is_taken_is_what_the_connection_is_made_from(rest: str) -> None:
    try:
        hook = hook_of(f"https://{rest}")
    except ValueError:
        return
    again = URL(str(hook.url))
    assert (again.scheme, again.raw_host, again.port, again.raw_user) == ("https", hook.host, hook.port, None)
    with pytest.raises(ValueError, match="does not appear"):
        ipaddress.ip_address(hook.host)


@pytest.mark.parametrize(
    ("patterns", "text", "allowed"),
    [
        (["hooks.example.com"], "https://hooks.example.com/x", True),
        (["Hooks.Example.com"], "https://hooks.example.com/x", True),
        (["hooks.example.com"], "https://hooks.example.com:8443/", False),
        (["hooks.example.com:8443"], "https://hooks.example.com:8443/", True),
        (["hooks.example.com:8443"], "https://hooks.example.com/", False),
        (["*.example.com"], "https://hooks.example.com/", True),
        (["*.example.com"], "https://example.com/", False),
        (["*.example.com"], "https://hooks.example.com.evil.example/", False),
        (["*.example.com"], "https://evil.example/.example.com", False),
        (["*"], "https://anywhere.example/", True),
        (["*"], "https://anywhere.example:22/", False),
        ([], "https://hooks.example.com/", False),
    ],
)
def test_a_host_is_allowed_by_a_pattern_and_another_port_only_by_name(
    patterns: list[str], text: str, allowed: bool
) -> None:
    assert hook_of(text).is_allowed(patterns) is allowed


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "168.63.129.16", "169.254.169.254", "172.16.0.1",
        "192.0.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b:1::1",
        "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd00::1", "fe80::1",
        "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "no address", "",
    ],
)  # fmt: skip
def test_an_address_that_could_be_ours_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "20.50.2.1", "93.184.216.34", "2606:4700::1111", "2a01:111::1"]
)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_nothing_that_the_library_calls_special_is_public(address: ipaddress.IPv4Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved
