"""Logs: one event a line, ids as fields; JSON for machines, colours on a terminal."""

import logging
import sys

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from libs.common.settings import ServiceSettings
from libs.telemetry import tracing


def configure_logs(settings: ServiceSettings, service: str) -> None:
    """Set up structlog, and the standard library's loggers behind it, for this process."""
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stdout.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: list[structlog.typing.Processor] = (
        [_console()]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    # The SDKs log every request and its headers at INFO, aiohttp every access.
    for noisy in ("azure", "aiohttp.access", "asyncio", "msal"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Each failed search for a token is a warning of 20 lines; `NoToken` carries the line that matters.
    logging.getLogger("azure.identity").setLevel(logging.ERROR)
    logging.getLogger("aiohttp.server").addFilter(_unreadable)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def _add_trace(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A line that belongs to a trace says so, whether that is recorded or not."""
    ids = tracing.ids()
    if ids is not None:
        event["trace_id"], event["span_id"] = ids
    return event


def _unreadable(record: logging.LogRecord) -> bool:
    """What a caller sent and nobody can read is no fault of ours, and may be a key: it is not repeated."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.exc_info, record.msg, record.args = None, "a request that is not HTTP", ()
        record.levelno, record.levelname = logging.INFO, "INFO"
        return logging.getLogger().isEnabledFor(logging.INFO)
    return True


def _console() -> structlog.typing.Processor:
    # The default shows the local variables of a traceback where rich is installed: secrets among them.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
