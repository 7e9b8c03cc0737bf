"""Dead letters: what was given up, of both queues; peek, replay, purge."""

import json

from aiohttp import web

from libs.common.storage.queues import WorkQueue
from libs.jobs.replay import Replay, replay
from services.api.context import CONTEXT, Context
from services.api.paging import page_request
from services.api.problems import Code, Problem

routes = web.RouteTableDef()

_LETTERS = "/api/v1/batch/dead-letters"


@routes.get(_LETTERS)
async def list_letters(request: web.Request) -> web.Response:
    """The oldest of each queue, ``limit`` of each and 32 at most: it shows no more without taking them."""
    limit = page_request(request).limit
    letters = []
    for queue in _queues(request.app[CONTEXT]):
        letters += [_view(queue.name, *letter) for letter in await queue.dead.peek(limit)]
    return web.json_response(letters)


@routes.post(_LETTERS + "/{letter}/replay")
async def replay_letter(request: web.Request) -> web.Response:
    context, letter = request.app[CONTEXT], request.match_info["letter"]
    for queue in _queues(context):
        match await replay(context.deployment, queue, letter):
            case Replay.DONE:
                return web.json_response({"id": letter, "replayed": True})
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


def _queues(context: Context) -> tuple[WorkQueue, WorkQueue]:
    return context.deployment.file_queue, context.deployment.dispatch_queue


def _view(queue: str, letter_id: str, body: str) -> dict[str, object]:
    try:
        fields = json.loads(body)
    except ValueError:
        fields = {"message": body}
    fields = fields if isinstance(fields, dict) else {"message": body}
    return {**fields, "id": letter_id, "queue": queue}
