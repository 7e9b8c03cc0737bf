"""Apertium: rule-based translation on this machine, run as programs and kept alive between segments."""

from libs.translation.engines.apertium.engine import ApertiumEngine
from libs.translation.engines.engine import Engine
from libs.translation.engines.options import EngineOptions


def open_engine(options: EngineOptions) -> Engine:
    return ApertiumEngine(
        options.apertium_modes, pivots=options.apertium_pivots, chains=options.apertium_chains
    )


__all__ = ["ApertiumEngine", "open_engine"]
