from libs.translation.engines.options import EngineOptions
from libs.translation.engines.registry import ENGINE_NAMES, engine_session, open_engine

__all__ = ["ENGINE_NAMES", "EngineOptions", "engine_session", "open_engine"]
