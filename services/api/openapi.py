"""The reference as OpenAPI 3.1, made from the models that read requests and write answers."""

from collections.abc import Iterable, Iterator
from functools import cache
from http import HTTPStatus
from itertools import groupby
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from services.api.openapi_operation import Answer, Operation
from services.api.openapi_parts import (
    ABOUT,
    ACCESS,
    ERROR_HEADERS,
    HEADERS,
    PATH_PARAMETERS,
    REF,
    REQUEST_HEADERS,
    Document,
    errors_about,
)
from services.api.operations import OPERATIONS, READING, role_of
from services.api.problems import Code, ProblemView
from services.api.queries import Query

#: What is part of the reference: the API itself, the metrics and the probes. The rest are pages.
_PREFIXES = ("/api/", "/metrics", "/healthz", "/readyz")
_PROBES = ("/healthz", "/readyz")


def routes_of(app: web.Application) -> dict[tuple[str, str], web.AbstractRoute]:
    """The routes of ``app`` that the reference has to describe, by method and path."""
    return {
        (route.method, route.resource.canonical): route
        for route in app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(_PREFIXES)
        and route.method not in {"HEAD", "OPTIONS"}
    }


class _Untitled(GenerateJsonSchema):
    """Fields have their names and descriptions; a title would say the name again."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - the base class's
        return False


@cache
def schemas() -> Document:
    """Every model of the table by its name, as JSON schema, queries included."""
    used: dict[type[BaseModel], JsonSchemaMode] = {ProblemView: "serialization"}
    for operation in OPERATIONS.values():
        for asked in (operation.body, operation.query):
            if isinstance(asked, type):
                used[asked] = "validation"
        used |= {answer.view: "serialization" for answer in operation.answers if answer.view is not None}
    _, found = models_json_schema(
        list(used.items()), ref_template=REF + "{model}", schema_generator=_Untitled
    )
    schemas: Document = found["$defs"]
    return schemas


def document(app: web.Application, *, auth: str) -> Document:
    """The whole document. ``auth`` is `API_AUTH`: what callers need."""
    queries = {operation.query.__name__ for operation in OPERATIONS.values() if operation.query is not None}
    paths: Document = {}
    known = {name: route for name, route in routes_of(app).items() if name in OPERATIONS}
    for (method, path), route in known.items():
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, route, auth=auth)
    return {
        "openapi": "3.1.0",
        "info": ABOUT,
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas().items() if name not in queries},
            **({"securitySchemes": schemes} if (schemes := ACCESS[auth].schemes) else {}),
        },
    }


def codes_of(method: str, path: str, *, auth: str) -> list[Code]:
    """Every error that can be met at a route, in the order of their table."""
    own, everywhere = set(OPERATIONS[method, path].codes), ACCESS[auth].codes
    if path in _PROBES:
        return []
    writes = set() if method in READING else everywhere.writing
    return [code for code in Code if code in own | everywhere.reading | writes]


def _operation(method: str, path: str, route: web.AbstractRoute, *, auth: str) -> Document:
    operation = OPERATIONS[method, path]
    described: Document = {
        "operationId": f"{operation.tag}_{route.handler.__name__}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _said(route.handler.__doc__),
        "parameters": [*_path_parameters(path), *_query(operation.query), *_headers(operation)],
        "responses": {
            **{str(answer.status): _answer(answer) for answer in operation.answers},
            **dict(_problems(codes_of(method, path, auth=auth))),
        },
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": _body(operation.body),
        }
    access = ACCESS[auth]
    if access.schemes and path not in _PROBES:
        word = access.words[role_of(method, path)]
        described["security"] = [{name: [word]} for name in access.schemes]
    return described


def _said(docstring: str | None) -> str:
    return "\n".join(line.strip() for line in (docstring or "").strip().splitlines()).replace("``", "`")


def _path_parameters(path: str) -> Iterator[Document]:
    for name, (says, schema) in PATH_PARAMETERS.items():
        if f"{{{name}}}" in path:
            yield {"name": name, "in": "path", "required": True, "description": says, "schema": schema}


def _query(model: type[Query] | None) -> Iterator[Document]:
    fields = {} if model is None else schemas()[model.__name__]["properties"]
    for name, schema in fields.items():
        # Absent is what null means to the model; a query cannot say null.
        (kind,) = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
        kept = {key: value for key, value in kind.items() if key not in {"title", "description"}}
        yield {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.get("description", ""),
            "schema": kept,
        }


def _headers(operation: Operation) -> Iterator[Document]:
    for name in operation.headers:
        says, schema = REQUEST_HEADERS[name]
        yield {"name": name, "in": "header", "required": False, "description": says, "schema": schema}


def _body(body: type[BaseModel] | str) -> Document:
    if isinstance(body, str):
        return {body: {"schema": {}}}
    return {"application/json": {"schema": {"$ref": REF + body.__name__}}}


def _answer(answer: Answer) -> Document:
    described: Document = {"description": answer.says}
    if answer.always or answer.may:
        described["headers"] = {
            name: {**HEADERS[name], "required": name in answer.always}
            for name in (*answer.always, *answer.may)
        }
    content: Document = {}
    if answer.view is not None:
        one = {"$ref": REF + answer.view.__name__}
        content["application/json"] = {"schema": {"type": "array", "items": one} if answer.many else one}
    if answer.media is not None:
        content[answer.media] = {"schema": {}}
    return described | ({"content": content} if content else {})


def _problems(codes: Iterable[Code]) -> Iterator[tuple[str, Document]]:
    for status, of_status in groupby(sorted(codes, key=lambda code: code.status), lambda code: code.status):
        met = list(of_status)
        narrowed: dict[str, Any] = {
            "status": {"const": status},
            "title": {"const": HTTPStatus(status).phrase},
            "code": {"enum": [code.text for code in met]},
        }
        yield (
            str(status),
            {
                "description": errors_about(met),
                **({"headers": ERROR_HEADERS[status]} if status in ERROR_HEADERS else {}),
                "content": {
                    "application/problem+json": {
                        "schema": {"allOf": [{"$ref": REF + "ProblemView"}, {"properties": narrowed}]}
                    }
                },
            },
        )
