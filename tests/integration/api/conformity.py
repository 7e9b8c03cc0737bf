"""Holds each answer that a test receives against the reference: nothing is answered that it does not tell."""

import json
from collections.abc import Iterator
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from services.api.context import CONTEXT
from services.api.openapi import document
from services.api.operations import OPERATIONS
from services.api.problems import Handler

Document = dict[str, Any]
#: Headers that a client goes by: one that is sent is told.
TOLD = ("ETag", "Link", "Location", "Retry-After", "WWW-Authenticate")


class Conformity:
    """What was answered and is not in the reference, in ``faults``."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.checked = 0

    def watch(self, app: web.Application) -> None:
        """Look at each answer of ``app`` as it leaves."""
        auth = app[CONTEXT].settings.api_auth
        if auth not in _DESCRIBED:
            _DESCRIBED[auth] = Described(document(app, auth=auth))
        described = _DESCRIBED[auth]

        @web.middleware
        async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            resource = request.match_info.route.resource
            method = "GET" if request.method == "HEAD" else request.method
            if resource is not None and (method, resource.canonical) in OPERATIONS:
                self.checked += 1
                where = f"{method} {resource.canonical} {response.status}"
                found = described.faults(method, resource.canonical, response)
                self.faults += [f"{where}: {fault}" for fault in found]
            return response

        app.middlewares.insert(0, look)


class Described:
    """A document, and what an answer has that it does not tell, or the other way round."""

    def __init__(self, whole: Document) -> None:
        self._document = closed(whole)
        resource = DRAFT202012.create_resource(self._document)
        self._registry: Registry[Any] = Registry().with_resource("urn:reference", resource)

    def faults(self, method: str, path: str, response: web.StreamResponse) -> Iterator[str]:
        told = self._document["paths"][path][method.lower()]["responses"].get(str(response.status))
        if told is None:
            yield "this status is not told"
            return
        headers = told.get("headers", {})
        missing = [name for name, header in headers.items() if header["required"]]
        yield from (f"{name} is missing" for name in missing if name not in response.headers)
        sent = [name for name in TOLD if name in response.headers]
        yield from (f"{name} is not told" for name in sent if name not in headers)
        yield from self._faults_of_body(told.get("content", {}), response)

    def _faults_of_body(self, content: Document, response: web.StreamResponse) -> Iterator[str]:
        body = response.body if isinstance(response, web.Response) else None
        if not content:
            if body:
                yield "a body is not told"
            return
        if "application/octet-stream" in content:
            return
        media = content.get(response.content_type)
        if media is None:
            yield f"{response.content_type} is not told"
        elif isinstance(body, bytes) and response.content_type.endswith("json"):
            validator = Draft202012Validator(within(media["schema"]), registry=self._registry)
            for error in validator.iter_errors(json.loads(body)):
                yield f"{error.json_path}: {error.message}"


def within(schema: Document) -> Document:
    """The schema with its references into the document made whole."""
    text = json.dumps(schema).replace('"#/components', '"urn:reference#/components')
    whole: Document = json.loads(text)
    return whole


def closed(whole: Document) -> Document:
    """The document with every model closed: a field that it does not tell is a fault."""
    copy: Document = json.loads(json.dumps(whole))
    for schema in copy["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return copy


#: By what callers need; made once, for all tests.
_DESCRIBED: dict[str, Described] = {}
