from libs.translation.exchange.exchange import Exchange
from libs.translation.exchange.pace import EngineLoad, EngineState

__all__ = ["EngineLoad", "EngineState", "Exchange"]
