from libs.translation.exchange.exchange import Exchange
from libs.translation.exchange.pace import EngineState

__all__ = ["EngineState", "Exchange"]
