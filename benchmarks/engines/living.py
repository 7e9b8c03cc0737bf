"""Living Apertium pipelines against the obvious way: one ``apertium`` process for every file."""

import asyncio
import os
import time
from dataclasses import dataclass

from libs.translation.concurrency import each
from libs.translation.engines.apertium import open_engine
from libs.translation.engines.options import EngineOptions
from libs.translation.translator import Order, Translator

#: Files in hand at a time, both ways.
_AT_ONCE = 8
_SUBJECTS = ("house", "river", "teacher", "garden", "letter", "museum", "kitchen", "winter", "road", "song")
_ORDER = Order(source="en", target="es", options={})


@dataclass(frozen=True, slots=True)
class Race:
    """Files a second of each way, in the same run over the same files."""

    files: int
    living: float
    process_a_file: float

    @property
    def ratio(self) -> float:
        return self.living / self.process_a_file


async def race(files: int) -> Race:
    """Both ways over ``files`` small texts, each of them different; the living one starts cold."""
    texts = [_text(number) for number in range(files)]
    return Race(files, await _living(texts), await _process_a_file(texts))


def _text(number: int) -> str:
    subject, other = _SUBJECTS[number % 10], _SUBJECTS[number // 10 % 10]
    return f"The {subject} of number {number} is near the {other}.\nWe see it every day.\n"


async def _living(texts: list[str]) -> float:
    engine = open_engine(EngineOptions())
    translator = Translator(engine, requests_in_flight=_AT_ONCE, request_seconds=60)
    try:
        began = time.perf_counter()
        await each(lambda text: translator.translate("a.txt", text.encode(), _ORDER), texts, at_once=_AT_ONCE)
        return len(texts) / (time.perf_counter() - began)
    finally:
        await translator.close()
        await engine.close()


async def _process_a_file(texts: list[str]) -> float:
    began = time.perf_counter()
    await each(_one_process, texts, at_once=min(_AT_ONCE, os.cpu_count() or 1))
    return len(texts) / (time.perf_counter() - began)


async def _one_process(text: str) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("apertium", "-u", "eng-spa", stdin=pipe, stdout=pipe)
    async with asyncio.timeout(60):
        translated, _ = await process.communicate(text.encode())
    if process.returncode or not translated.strip():
        raise RuntimeError(f"apertium ended with {process.returncode}")
