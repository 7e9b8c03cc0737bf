"""Deletes jobs that ended long ago, where the deployment asks for it."""

import asyncio

import structlog

from libs.common.deployment import Deployment
from libs.common.errors import AppError
from libs.common.runtime.process import wait_first
from libs.jobs.retention import delete_old

#: Seconds between two rounds.
_EVERY = 3600.0

_log = structlog.get_logger(__name__)


async def keep_retention(deployment: Deployment, days: float, stop: asyncio.Event) -> None:
    """Delete what is older than ``days`` once an hour until ``stop`` is set; 0 keeps everything."""
    while days and not stop.is_set():
        try:
            deleted = await delete_old(deployment.jobs, deployment.dispatch_queue, days)
            _log.info("retention", deleted=deleted, days=days)
        except AppError as error:
            _log.warning("retention ended early", error=str(error))
        await wait_first(stop, _EVERY)
