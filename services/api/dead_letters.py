"""Dead letters: what was given up, of all queues; peek, replay, purge."""

import json
from contextlib import suppress
from typing import Literal

from aiohttp import web

from libs.common.storage.queues import WorkQueue
from libs.jobs.replay import Replay, replay
from services.api.context import CONTEXT, Context
from services.api.problems import Code, Problem
from services.api.queries import LettersQuery, query_of
from services.api.views import View, answer, listed

routes = web.RouteTableDef()

_LETTERS = "/api/v1/batch/dead-letters"


class LetterView(View):
    """A dead letter: what was given up, and why."""

    id: str
    queue: str
    """The queue it was given up in."""
    original_message_id: str | None = None
    job_id: str | None = None
    reason: str | None = None
    """The error code."""
    error: str | None = None
    attempts: int | None = None
    timestamp: str | None = None
    message: str | None = None
    """The message itself; of a letter that is none of ours, all of it."""


class ReplayedView(View):
    id: str
    replayed: Literal[True] = True


@routes.get(_LETTERS)
async def list_letters(request: web.Request) -> web.Response:
    """The oldest of each queue, ``limit`` of each and 32 at most: it shows no more without taking them.
    ``X-Total-Count`` says how many there are, so that nobody takes these for all.
    """
    limit = query_of(request, LettersQuery).limit
    letters, total = [], 0
    for queue in _queues(request.app[CONTEXT]):
        letters += [_view(queue.name, *letter) for letter in await queue.dead.peek(limit)]
        total += await queue.dead.length()
    return listed(letters, {"X-Total-Count": str(total)})


@routes.post(_LETTERS + "/{letter}/replay")
async def replay_letter(request: web.Request) -> web.Response:
    context, letter = request.app[CONTEXT], request.match_info["letter"]
    for queue in _queues(context):
        match await replay(context.deployment, queue, letter):
            case Replay.DONE:
                return answer(ReplayedView(id=letter))
            case Replay.JOB_RUNNING:
                raise Problem(Code.JOB_RUNNING)
            case Replay.NOT_RETRYABLE:
                raise Problem(Code.NOTHING_TO_RETRY)
            case Replay.NO_SUCH_LETTER:
                pass
    raise Problem(Code.LETTER_NOT_FOUND)


@routes.delete(_LETTERS)
async def purge_letters(request: web.Request) -> web.Response:
    for queue in _queues(request.app[CONTEXT]):
        await queue.dead.clear()
    return web.Response(status=204)


def _queues(context: Context) -> tuple[WorkQueue, ...]:
    deployment = context.deployment
    return deployment.file_queue, deployment.dispatch_queue, deployment.notify_queue


def _view(queue: str, letter_id: str, body: str) -> LetterView:
    with suppress(ValueError, RecursionError, TypeError):  # whoever may write to the queue may write anything
        return LetterView(**{**json.loads(body), "id": letter_id, "queue": queue})
    return LetterView(id=letter_id, queue=queue, message=body)
