"""What the handlers work with."""

from dataclasses import dataclass

from aiohttp import web

from libs.common.deployment import Deployment
from libs.translation.engines.engine import Engine


@dataclass(frozen=True, slots=True)
class Context:
    deployment: Deployment
    engine: Engine
    default_source_language: str


CONTEXT = web.AppKey("context", Context)
