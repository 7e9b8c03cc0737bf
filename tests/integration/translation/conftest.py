"""The real Apertium. Without it the tests are skipped on a laptop and fail in CI."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from libs.translation.engines.apertium import ApertiumEngine
from libs.translation.engines.engine import Direction
from libs.translation.engines.options import APERTIUM_MODES
from tests.integration.translation.processes import members_of

NEEDED = {Direction(*way.split("-")) for way in ("en-es", "es-en", "fr-es", "es-fr", "es-ca")}
MISSING = "Apertium is missing: install apertium, apertium-eng-spa, apertium-fr-es and apertium-spa-cat"


@pytest.fixture(scope="session", autouse=True)
def _apertium() -> None:
    if shutil.which("apertium-wblank-mode") and ApertiumEngine(APERTIUM_MODES).directions() >= NEEDED:
        return
    if os.environ.get("CI"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@pytest.fixture
async def engine() -> AsyncIterator[ApertiumEngine]:
    engine = ApertiumEngine()
    yield engine
    await engine.close()


@pytest.fixture
async def pivoted() -> AsyncIterator[ApertiumEngine]:
    """One that may go through Spanish."""
    engine = ApertiumEngine(pivots=("es",))
    yield engine
    await engine.close()


@pytest.fixture
def members() -> Iterator[Callable[[], list[int]]]:
    """The chain programs this test process has started and not reaped; none may be left in the end."""

    others = members_of(os.getpid())  # an Azurite, where tests that need one run in the same process

    def children() -> list[int]:
        return [pid for pid in members_of(os.getpid()) if pid not in others]

    yield children
    assert children() == []
