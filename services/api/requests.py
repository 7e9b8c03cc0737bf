"""What a request may say: the bodies."""

import json
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from libs.common.clock import utc_now
from libs.common.language import LANGUAGE_TAG
from libs.common.ledger import keys
from libs.common.ledger.notification import Notification
from libs.common.ledger.records import IfExists, JobRow
from libs.common.webhook.hooks import LONGEST_URL, URL_PATTERN, hook_of
from libs.jobs.messages import LONGEST_NAME
from libs.jobs.unsupported import JOB_CHOICES, JOB_OPTIONS
from libs.translation.engines.engine import Engine, languages_between
from services.api.names import (
    CONTAINER_NAME,
    LONGEST_CONTAINER,
    SHORTEST_CONTAINER,
    SPEAKABLE,
    path_fault,
)
from services.api.terms import Dictionary, Terms


def _fault(kind: Literal["missing", "value_error"], field: str, said: str) -> PydanticCustomError:
    """A fault that is found in the whole body, and is one field's all the same."""
    return PydanticCustomError(kind, said, {"field": field})


def _speakable(path: str) -> str:
    fault = path_fault(path)
    if fault is not None:
        raise ValueError(fault)
    return path


#: Looked at more closely by `names.container_name`, which has codes of its own for what is wrong.
Container = Annotated[
    str,
    Field(
        max_length=200,
        json_schema_extra={
            "minLength": SHORTEST_CONTAINER,
            "maxLength": LONGEST_CONTAINER,
            "pattern": f"^{CONTAINER_NAME}$",
        },
    ),
]
Language = Annotated[str, Field(pattern=LANGUAGE_TAG)]
Pattern = Annotated[str, Field(min_length=1, max_length=512)]
_MOST_PATTERNS, _MOST_FILES = 50, 1000
#: A list goes into one string of the job row, as escaped JSON; a string in a table row has 32 K characters.
_LONGEST_LIST = 30_000
Speakable = AfterValidator(_speakable)
_SAID = {"pattern": SPEAKABLE}
FileName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, json_schema_extra=_SAID), Speakable]
Path = Annotated[str, Field(max_length=512, json_schema_extra=_SAID), Speakable]
#: With these bounds the options fit into one string of the job row too.
_MOST_OPTIONS = 20
OptionName = Annotated[str, Field(min_length=1, max_length=50)]
OptionValue = Annotated[str, Field(max_length=200)]


def _whole(given: object) -> object:
    """To JSON schema 5.0 is a whole number, and some programs know no others."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


Characters = Annotated[int, Field(ge=1, le=10**15), BeforeValidator(_whole)]
#: Looked at more closely by `hooks.hook_of`.
NotifyUrl = Annotated[str, Field(max_length=LONGEST_URL, json_schema_extra={"pattern": URL_PATTERN})]


#: What `_one_way_to_say_languages` finds, for the reference; and what is enough.
_LANGUAGES_AND_EXAMPLE: dict[str, JsonValue] = {
    "oneOf": [
        {"required": [named], "properties": {named: {"type": kind}, other: {"type": "null"}}}
        for named, kind, other in (
            ("target_language", "string", "target_languages"),
            ("target_languages", "array", "target_language"),
        )
    ],
    "examples": [
        {"source_container": "exports", "target_container": "translations", "target_language": "es"}
    ],
}


_OPTIONS: dict[str, JsonValue] = {
    "properties": {
        name: {"type": "string", "enum": list(JOB_CHOICES[name]), "description": meaning}
        for name, meaning in JOB_OPTIONS.items()
    }
}


class JobRequest(BaseModel):
    """A job to be done. Source, target and a language are enough."""

    model_config = ConfigDict(
        extra="forbid", strict=True, use_attribute_docstrings=True, json_schema_extra=_LANGUAGES_AND_EXAMPLE
    )

    source_container: Container
    target_container: Container
    """Is made if it is missing."""
    target_language: Language | None = None
    """The one language; or give `target_languages`."""
    target_languages: (
        Annotated[list[Language], Field(min_length=1, max_length=20, json_schema_extra={"uniqueItems": True})]
        | None
    ) = None
    """Several languages, each once; translations then lie below `<language>/`."""
    name: Annotated[str, Field(max_length=200)] | None = None
    """For people."""
    source_language: Language | None = None
    """Absent: the engine detects it, or, where it cannot, the deployment's default is taken."""
    prefix: Path = ""
    """What names of sources begin with."""
    include: Annotated[list[Pattern], Field(max_length=_MOST_PATTERNS)] = []
    """Shell patterns over the whole name; none takes all."""
    exclude: Annotated[list[Pattern], Field(max_length=_MOST_PATTERNS)] = []
    files: Annotated[list[FileName], Field(max_length=_MOST_FILES)] = []
    """The only names wanted; each must lie within `prefix`, `include` and `exclude`."""
    target_prefix: Path = ""
    """What names of translations begin with."""
    if_exists: Annotated[IfExists, Field(strict=False)] = IfExists.SKIP_UNCHANGED
    """What becomes of a file whose translation is there."""
    engine: Annotated[str, Field(max_length=50)] | None = None
    """One of `GET /engines`; absent, the default."""
    options: Annotated[
        dict[OptionName, OptionValue], Field(max_length=_MOST_OPTIONS, json_schema_extra=_OPTIONS)
    ] = {}
    """For the engine or the formats, which name those they have, and `unsupported`; kept with the job. Other
    options make other translations."""
    max_characters: Characters | None = None
    """What the engine may be paid for at most, in characters. What is not translated for it fails with
    `budget_exhausted`, and can be retried with more."""
    dictionary: Dictionary = {}
    """Terms and the translations they shall have: whole words, 32 KiB of JSON at most."""
    do_not_translate: Terms = []
    """Terms that stay as they are."""
    notify_url: NotifyUrl | None = None
    """Where the end of the job is told, signed and at least once: https, at a host this deployment allows."""

    @model_validator(mode="after")
    def _one_way_to_say_languages(self) -> Self:
        if self.target_language is None and self.target_languages is None:
            raise _fault("missing", "target_language", "Field required")
        if self.target_language is not None and self.languages != (self.target_language,):
            raise _fault("value_error", "target_languages", "differs from target_language; give one of them")
        if len(set(self.languages)) != len(self.languages):
            raise _fault("value_error", "target_languages", "names a language twice")
        return self

    @property
    def languages(self) -> tuple[str, ...]:
        single = [] if self.target_language is None else [self.target_language]
        return tuple(self.target_languages or single)

    @field_validator("files", "include", "exclude")
    @classmethod
    def _fits_a_row(cls, names: list[str]) -> list[str]:
        if len(json.dumps(names)) > _LONGEST_LIST:
            msg = f"the list is too long: {_LONGEST_LIST} characters as escaped JSON at most"
            raise ValueError(msg)
        return names

    @field_validator("files")
    @classmethod
    def _each_once(cls, files: list[str]) -> list[str]:
        return sorted(set(files))

    @field_validator("do_not_translate")
    @classmethod
    def _each_term_once(cls, terms: list[str]) -> list[str]:
        return list(dict.fromkeys(terms))

    @field_validator("notify_url")
    @classmethod
    def _is_a_hook(cls, url: str | None) -> str | None:
        return None if url is None else str(hook_of(url).url)

    def job(self, engine: Engine, default_source_language: str) -> JobRow:
        """The row of a new job."""
        now = utc_now()
        source = self.source_language or (None if engine.detects else default_source_language)
        between = languages_between(engine, source)
        return JobRow(
            job_id=keys.new_job_id(),
            name=self.name,
            source_container=self.source_container,
            target_container=self.target_container,
            source_language=source,
            target_languages=self.languages,
            prefix=self.prefix,
            include=tuple(self.include),
            exclude=tuple(self.exclude),
            files=tuple(self.files),
            target_prefix=self.target_prefix,
            if_exists=self.if_exists,
            engine=engine.name,
            engine_version=engine.version,
            via={language: between[language] for language in self.languages if language in between},
            options=self.options,
            max_characters=self.max_characters,
            dictionary=self.dictionary,
            do_not_translate=tuple(self.do_not_translate),
            notification=None if self.notify_url is None else Notification(url=self.notify_url),
            created_at=now,
            updated_at=now,
        )


class RetryRequest(BaseModel):
    """How a job is retried; nothing need be said."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    max_characters: Characters | None = None
    """A new bound for a job that has one, above what is spent by now."""
