"""The engines of a deployment: its own, and those a job may name beside it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from libs.common.errors import ConfigurationFault
from libs.common.settings import TranslationSettings
from libs.translation.engines import EngineOptions, engine_session
from libs.translation.engines.engine import Engine


@dataclass(frozen=True, slots=True)
class Engines:
    """``default`` translates for jobs that name no engine."""

    default: Engine
    further: tuple[Engine, ...] = ()

    def __iter__(self) -> Iterator[Engine]:
        return iter((self.default, *self.further))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(engine.name for engine in self)

    def named(self, name: str | None) -> Engine | None:
        """The engine of that name, the default one for None; None where there is no such engine."""
        if name is None:
            return self.default
        return next((engine for engine in self if engine.name == name), None)


@asynccontextmanager
async def open_engines(settings: TranslationSettings) -> AsyncIterator[Engines]:
    """Every engine that the settings name, until the block ends. Raises `ConfigurationFault`."""
    options = engine_options(settings)
    names = dict.fromkeys([settings.translation_engine, *settings.further_engines])
    async with AsyncExitStack() as stack:
        try:
            opened = [await stack.enter_async_context(engine_session(name, options)) for name in names]
        except ValueError as error:
            raise ConfigurationFault(f"an engine cannot be opened: {error}") from None
        yield Engines(opened[0], tuple(opened[1:]))


def engine_options(settings: TranslationSettings) -> EngineOptions:
    """What the settings tell engines when they are opened."""
    return EngineOptions(
        pseudo_delay=settings.pseudo_delay_ms / 1000,
        apertium_chains=settings.apertium_chains,
        apertium_pivots=settings.apertium_pivot,
        azure_endpoint=settings.azure_translator_endpoint,
        azure_key=settings.azure_translator_key,
        azure_region=settings.azure_translator_region,
        azure_resource_id=settings.azure_translator_resource_id,
        libretranslate_url=settings.libretranslate_url,
        libretranslate_api_key=settings.libretranslate_api_key,
        request_seconds=settings.engine_timeout,
    )
