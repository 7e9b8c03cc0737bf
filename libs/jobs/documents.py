"""The bench that a process takes documents apart on, as its settings say."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from libs.common.settings import TranslationSettings
from libs.translation.workbench.bench import Bench, open_bench
from libs.translation.workbench.member import COMMAND, Limits


def bench_of(
    settings: TranslationSettings, command: Sequence[str] = COMMAND
) -> AbstractAsyncContextManager[Bench]:
    """Its processes run ``command``."""
    limits = Limits(settings.document_seconds, settings.document_memory_bytes)
    return open_bench(settings.document_processes, limits, command)
