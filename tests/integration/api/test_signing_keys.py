"""Keys over the hours: fetched anew, kept while their issuer is away, and forgotten in the end."""

import asyncio

import jwt
import pytest

from services.api.access.issuer import IssuerFault, Published
from services.api.access.signing_keys import SigningKeys
from services.api.problems import Problem
from tests.integration.api.issuer import jwk, private_key

HOUR = 3600


class Tenant:
    """What it publishes, how often it was asked, and a clock."""

    def __init__(self) -> None:
        self.names = ["key-1"]
        self.asked = 0
        self.away = False
        self.now = 1_000_000.0
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def fetch(self) -> Published:
        self.asked += 1
        await self.let_go.wait()
        if self.away:
            raise IssuerFault("away")
        keys = {name: jwt.PyJWK(jwk(private_key(1), name), "RS256") for name in self.names}
        return Published(frozenset({"issuer"}), keys)


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


@pytest.fixture
def keys(tenant: Tenant) -> SigningKeys:
    return SigningKeys(tenant.fetch, lambda: tenant.now)


async def test_keys_are_fetched_once_an_hour_while_they_are_used(tenant: Tenant, keys: SigningKeys) -> None:
    for hour in range(3):
        for _ in range(5):
            assert await keys.find("key-1") is not None
        assert tenant.asked == hour + 1
        tenant.now += HOUR


async def test_a_key_that_is_withdrawn_is_refused_within_the_hour(tenant: Tenant, keys: SigningKeys) -> None:
    await keys.find("key-1")
    tenant.names = ["key-2"]
    tenant.now += HOUR
    assert await keys.find("key-1") is None


async def test_keys_outlive_their_issuer_by_a_day_and_no_longer(tenant: Tenant, keys: SigningKeys) -> None:
    await keys.find("key-1")
    tenant.away = True
    for _ in range(23):
        tenant.now += HOUR
        assert await keys.find("key-1") is not None
    tenant.now += HOUR
    with pytest.raises(Problem, match="IDENTITY_UNAVAILABLE"):
        await keys.find("key-1")
    tenant.away = False
    tenant.now += 10
    assert await keys.find("key-1") is not None


async def test_unknown_keys_are_asked_for_once_a_minute(tenant: Tenant, keys: SigningKeys) -> None:
    await keys.find("key-1")
    for minute in range(1, 4):
        for number in range(50):
            assert await keys.find(f"forged-{minute}-{number}") is None
        assert tenant.asked == 1 + minute
        tenant.now += 60


async def test_an_issuer_that_is_away_is_asked_every_ten_seconds(tenant: Tenant, keys: SigningKeys) -> None:
    tenant.away = True
    for second in range(31):
        with pytest.raises(Problem):
            await keys.find("key-1")
        assert tenant.asked == 1 + second // 10
        tenant.now += 1


async def test_calls_at_once_share_one_fetch_and_known_keys_wait_for_none(
    tenant: Tenant, keys: SigningKeys
) -> None:
    tenant.let_go.clear()
    first = [asyncio.create_task(keys.find("key-1")) for _ in range(20)]
    await asyncio.sleep(0)
    tenant.let_go.set()
    assert None not in await asyncio.gather(*first)
    assert tenant.asked == 1

    tenant.let_go.clear()
    tenant.now += HOUR
    waiting = asyncio.create_task(keys.find("key-1"))
    await asyncio.sleep(0)
    assert await keys.find("key-1") is not None, "one call fetches, the others go on"
    tenant.let_go.set()
    await waiting
    assert tenant.asked == 2
