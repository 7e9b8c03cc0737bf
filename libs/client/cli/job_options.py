"""What a job is to do, as options: the same for ``submit``, ``estimate`` and ``translate``."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from libs.client.cli.dictionary import dictionary_of
from libs.client.records import JobRequest

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def _named(_context: click.Context, _option: click.Parameter, texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, equals, value in pairs:
        if not name or not equals:
            raise click.BadParameter(f"{name + equals + value!r} is not NAME=TEXT")
    return {name: value for name, _, value in pairs}


bound_option = click.option(
    "--max-characters",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="What the engine may be paid for at most, in characters.",
)
_OPTIONS = (
    click.option("--to", "languages", multiple=True, required=True, metavar="LANG", help="Target language."),
    click.option("--from", "source_language", metavar="LANG", help="Source language; else the usual one."),
    click.option("--name", metavar="TEXT", help="A name for people."),
    click.option("--include", multiple=True, metavar="GLOB", help="Only names like this."),
    click.option("--exclude", multiple=True, metavar="GLOB", help="No names like this."),
    click.option(
        "--if-exists",
        type=click.Choice(["skip_unchanged", "overwrite", "fail"]),
        default="skip_unchanged",
        show_default=True,
        help="What becomes of a file whose translation is there.",
    ),
    click.option(
        "--unsupported",
        type=click.Choice(["skip", "copy"]),
        help="What becomes of files that no format reads; if not given, they are skipped.",
    ),
    click.option("--engine", metavar="NAME", help="The engine that translates, if the API has several."),
    click.option(
        "--option",
        "options",
        multiple=True,
        metavar="NAME=TEXT",
        callback=_named,
        help="An option of the engine or of a format.",
    ),
    click.option(
        "--dictionary",
        metavar="FILE",
        type=click.File("rb", lazy=False),
        callback=dictionary_of,
        help="Terms and the translations they shall have: a JSON object; - is stdin.",
    ),
    click.option(
        "--keep", "do_not_translate", multiple=True, metavar="TERM", help="A term that stays as it is."
    ),
    bound_option,
    click.option("--notify-url", metavar="URL", help="Where the API tells that the job has ended."),
)
_SELECTION = (
    click.option("--prefix", default="", metavar="TEXT", help="Only names that begin so."),
    click.option("--file", "files", multiple=True, metavar="NAME", help="Only this file."),
    click.option("--target-prefix", default="", metavar="TEXT", help="What names in the target begin with."),
)


def job_options(command: CommandT) -> CommandT:
    """Adds the options of every job."""
    return _with(_OPTIONS, command)


def selection_options(command: CommandT) -> CommandT:
    """Adds those that only make sense where the containers are the caller's."""
    return _with(_SELECTION, command)


def request_of(
    source: str, target: str, languages: Sequence[str], *, unsupported: str | None = None, **fields: Any
) -> JobRequest:
    """The request that options stand for; what they say is checked by the API."""
    if unsupported is not None:
        fields["options"] = {**fields.get("options", {}), "unsupported": unsupported}
    return JobRequest(
        source_container=source, target_container=target, target_languages=tuple(languages), **fields
    )


def _with(options: Sequence[Callable[[Any], Any]], command: CommandT) -> CommandT:
    for option in reversed(options):
        command = option(command)
    return command
