"""The engines by name. A new one is a module with an ``open_engine(options)`` and one line here.

One that can ask its server what it is able to do has a ``prepare()`` besides.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Protocol, cast, runtime_checkable

from libs.translation.engines.engine import Engine
from libs.translation.engines.options import EngineOptions

#: Modules are imported when their engine is opened: an engine nobody uses costs nothing.
_MODULES = {
    "apertium": "libs.translation.engines.apertium",
    "azure": "libs.translation.engines.azure",
    "libretranslate": "libs.translation.engines.libretranslate",
    "pseudo": "libs.translation.engines.pseudo",
    "copy": "libs.translation.engines.copy",
}

ENGINE_NAMES = tuple(_MODULES)


@runtime_checkable
class Prepared(Protocol):
    """An engine that learns from its server what it can do."""

    async def prepare(self) -> None:
        """Bounded in time; a server that does not answer is no error, for a service starts without it."""


def open_engine(name: str, options: EngineOptions = EngineOptions()) -> Engine:  # noqa: B008 - it is frozen
    """The engine, ready for use; `Engine.close` it in the end.

    Raises ValueError for an unknown name, or for options that do not suffice.
    """
    if name not in _MODULES:
        raise ValueError(f"there is no engine {name!r}; there are {', '.join(ENGINE_NAMES)}")
    opener = cast("Callable[[EngineOptions], Engine]", import_module(_MODULES[name]).open_engine)
    return opener(options)


@asynccontextmanager
async def engine_session(name: str, options: EngineOptions = EngineOptions()) -> AsyncIterator[Engine]:  # noqa: B008
    """An engine that is prepared, and closed when the block ends."""
    engine = open_engine(name, options)
    try:
        if isinstance(engine, Prepared):
            await engine.prepare()
        yield engine
    finally:
        await engine.close()
