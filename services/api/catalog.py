"""What this deployment can do: languages, formats, engines."""

from aiohttp import web

from libs.jobs.engines import Engines
from libs.jobs.unsupported import JOB_OPTIONS, UNSUPPORTED
from libs.translation.documents import FOREIGN_EXTENSIONS, FORMATS, KNOWN_BY
from libs.translation.documents.document import DocumentFormat, ToldFormat
from libs.translation.engines.engine import Engine
from services.api.context import CONTEXT
from services.api.problems import Code, Problem
from services.api.queries import LanguagesQuery, query_of
from services.api.views import View, answer, listed

routes = web.RouteTableDef()


class DirectionView(View):
    source_language: str
    target_language: str
    via: str | None
    """The language between, where it takes two steps."""


class LanguagesView(View):
    """What the engine translates."""

    engine: str
    default_source_language: str
    any: bool
    """Whether it takes every pair; then `pairs` is empty."""
    pairs: list[DirectionView]


class FormatView(View):
    """A kind of document that is translated; the last of them, `unsupported`, is what is not."""

    name: str
    extensions: list[str]
    """A name that ends so, in any case, tells the format."""
    known_by: str | None
    """What tells a file of another name by its first 8 KiB; null: its extension alone."""
    content_type: str | None
    """Null for `unsupported`."""
    options: dict[str, str]
    """Names of the `options` that a job may give for it, and what each means."""


class EngineView(View):
    """An engine of this deployment, and what it takes in one request."""

    name: str
    version: str
    max_segments: int
    max_units: int
    """UTF-16 units."""
    default: bool
    detects: bool
    """Whether it finds out the source language by itself."""
    options: list[str]
    """Names of the `options` that a job may give."""


@routes.get("/api/v1/languages")
async def languages(request: web.Request) -> web.Response:
    """Every pair an engine translates, the default one if none is named; ``any`` when it takes all pairs."""
    engine = known_engine(request.app[CONTEXT].engines, query_of(request, LanguagesQuery).engine)
    directions = engine.directions()
    return answer(
        LanguagesView(
            engine=engine.name,
            default_source_language=request.app[CONTEXT].settings.default_source_language,
            any=directions is None,
            pairs=[
                DirectionView(source_language=way.source, target_language=way.target, via=way.via)
                for way in sorted(directions or (), key=lambda way: (way.source, way.target))
            ],
        )
    )


@routes.get("/api/v1/formats")
async def formats(_request: web.Request) -> web.Response:
    """A file is of the format that its extension tells. One with no extension, or with one that is in no list
    here, is looked into when its turn comes: it is of the format that its beginning tells, or else
    unsupported, like those with an extension of the last entry.
    """
    return listed([*(_format_view(form) for form in FORMATS), _UNSUPPORTED])


def _format_view(form: DocumentFormat) -> FormatView:
    return FormatView(
        name=form.name,
        extensions=sorted(form.extensions),
        known_by=KNOWN_BY.get(form.name),
        content_type=form.content_type,
        options=dict(form.options) if isinstance(form, ToldFormat) else {},
    )


_UNSUPPORTED = FormatView(
    name=UNSUPPORTED,
    extensions=list(FOREIGN_EXTENSIONS),
    known_by="nothing of the above",
    content_type=None,
    options=dict(JOB_OPTIONS),
)


@routes.get("/api/v1/engines")
async def list_engines(request: web.Request) -> web.Response:
    engines = request.app[CONTEXT].engines
    return listed(
        EngineView(
            name=engine.name,
            version=engine.version,
            max_segments=engine.limits.elements,
            max_units=engine.limits.units,
            default=engine is engines.default,
            detects=engine.detects,
            options=sorted(engine.option_names),
        )
        for engine in engines
    )


def known_engine(engines: Engines, name: str | None) -> Engine:
    """The engine of that name; the default one for None."""
    engine = engines.named(name)
    if engine is None:
        said = f"this deployment has {', '.join(engines.names)}, and not {name[:50] if name else name!r}"
        raise Problem(Code.INVALID_FIELD, said, "engine")
    return engine
