"""Removes what nobody needs: jobs that ended long ago, where asked for, and keys of yesterday's requests."""

import asyncio

import structlog

from libs.common.deployment import Deployment
from libs.jobs.retention import delete_old
from services.dispatcher.rounds import keep_rounds

#: Seconds between two rounds.
_EVERY = 3600.0

_log = structlog.get_logger(__name__)


async def keep_retention(deployment: Deployment, days: float, stop: asyncio.Event) -> None:
    """Once an hour, until ``stop`` is set: delete jobs older than ``days`` (0 keeps all), forget old keys."""

    async def one_round() -> None:
        deleted = await delete_old(deployment.jobs, deployment.dispatch_queue, days) if days else 0
        forgotten = await deployment.jobs.forget_keys()
        _log.info("retention", deleted=deleted, keys_forgotten=forgotten)

    await keep_rounds("retention", one_round, lambda: _EVERY, stop)
