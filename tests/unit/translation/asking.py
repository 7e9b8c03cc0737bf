"""Files given to one translator, on whatever clock runs."""

import asyncio
from typing import Any

from libs.translation.translator import Order, Translation, Translator
from tests.unit.translation.doubles import ToldEngine

EN_ES = Order("en", "es")


def translator(engine: ToldEngine, **more: Any) -> Translator:
    return Translator(engine, requests_in_flight=4, request_seconds=60, **more)


async def translated(shared: Translator, *texts: str, order: Order = EN_ES) -> list[Translation]:
    work = (shared.translate(f"{n}.txt", text.encode(), order) for n, text in enumerate(texts))
    return await asyncio.gather(*work)
