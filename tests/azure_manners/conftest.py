"""A deployment on storage that has Azure's manners."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.azurite import Ports
from libs.common.deployment import Deployment
from libs.jobs.turn import Dispatch
from tests.azure_manners.proxy import Azure, Manners, azure
from tests.azure_manners.works import Works
from tests.conftest import Explicit
from tests.faults.places import ports_of
from tests.integration.conftest import Upload
from tests.integration.conftest import dispatch as dispatch  # noqa: PLC0414 - a fixture
from tests.integration.conftest import upload as upload  # noqa: PLC0414 - a fixture


@pytest.fixture
def manners() -> Manners:
    """What a test may override. The queries of these tests take some thirty requests."""
    return Manners(scan=3)


@pytest.fixture
async def proxied(connection_string: str, manners: Manners) -> AsyncIterator[Azure]:
    """Azure's manners in front of Azurite. A test prints how many it met, and fails if it met none."""
    upstream: Ports = ports_of(connection_string)
    async with azure(upstream, manners) as running:
        yield running
        print(f"manners played: {dict(running.played)}")
        assert +running.played, "no manner was played"


@pytest.fixture
def account(proxied: Azure) -> str:
    return proxied.connection_string


@pytest.fixture
def works(deployment: Deployment, explicit: Explicit, upload: Upload, dispatch: Dispatch) -> Works:
    return Works(deployment, explicit, upload, dispatch)
