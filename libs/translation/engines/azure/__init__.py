"""Azure AI Translator, its text API. Nothing else in the project names `azure.ai`."""

from libs.translation.engines.azure.engine import AzureEngine, open_engine

__all__ = ["AzureEngine", "open_engine"]
