"""LibreTranslate, over its REST API."""

from libs.translation.engines.libretranslate.engine import LibreTranslateEngine, open_engine

__all__ = ["LibreTranslateEngine", "open_engine"]
