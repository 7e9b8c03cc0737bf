"""The reference of all settings, written from their classes: `.env.example` and docs/settings.md.

python -m deploy.settings_reference           writes both
python -m deploy.settings_reference --check   writes nothing; exit code 1 when one is not current
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from deploy.local.places import ROOT
from libs.common.settings import ApiSettings, DispatcherSettings, ServiceSettings, WorkerSettings

SERVICES: Mapping[str, type[ServiceSettings]] = {
    "api": ApiSettings,
    "dispatcher": DispatcherSettings,
    "worker": WorkerSettings,
}

ENV_HEAD = """\
# Settings of the services, every variable once. Copy this file to .env and uncomment what shall differ
# from the default shown. Written by `python -m deploy.settings_reference`; docs/settings.md says more.
# The portal shows an account's connection string on its page Access keys. The local stack (make up, make
# demo) does not read .env.
"""
PAGE_HEAD = """\
# Settings

Written by `python -m deploy.settings_reference` from the classes in `libs/common/settings/`; a test
fails when this page or `.env.example` is not current.

A service reads its settings from the environment, then from the file `.env` in its working directory (or
the file that `BATCH_TRANSLATION_ENV_FILE` names; set but empty means none). It needs exactly one of
`AZURE_STORAGE_CONNECTION_STRING` (the portal shows it on the account's page *Access keys*) and
`AZURE_STORAGE_ACCOUNT`; everything else has a default or may be absent. A value out of bounds ends the
service at start with one line that names the variable. Services of one deployment share their queues and
tables, so the names of these have to be the same for all of them.

`make up` and `make demo` do not read `.env`: the local stack can only talk to its own Azurite.
"""


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting, as it is written. ``default`` is empty where there is none; ``services`` are those whose
    class has it.
    """

    name: str
    values: str
    default: str
    services: tuple[str, ...]
    meaning: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="settings_reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell whether both files are current")
    check = parser.parse_args(arguments).check
    stale = {path: text for path, text in documents().items() if not _holds(path, text)}
    for path, text in stale.items():
        print(f"{path.relative_to(ROOT)} {'is not current' if check else 'written'}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


def documents() -> dict[Path, str]:
    """Both files as they should be."""
    known = variables()
    return {ROOT / ".env.example": env_example(known), ROOT / "docs" / "settings.md": settings_page(known)}


def variables() -> list[Variable]:
    """Every variable once; those that all services read come first."""
    fields: dict[str, dict[str, Any]] = {}
    readers: dict[str, list[str]] = {}
    for service, kind in SERVICES.items():
        for name, field in kind.model_json_schema()["properties"].items():
            fields[name] = field
            readers.setdefault(name, []).append(service)
    found = [_variable(name, field, readers[name]) for name, field in fields.items()]
    return sorted(found, key=lambda variable: (-len(variable.services), variable.services))


def env_example(known: Iterable[Variable]) -> str:
    parts = [ENV_HEAD]
    for services, group in groupby(known, key=lambda variable: variable.services):
        parts.append(f"# ==== read by: {', '.join(services)}\n")
        parts += [
            f"# {variable.meaning} ({variable.values})\n#{variable.name}={variable.default}\n"
            for variable in group
        ]
    return "\n".join(parts)


def settings_page(known: Iterable[Variable]) -> str:
    head = ["| variable | values | default | read by | meaning |", "|---|---|---|---|---|"]
    return PAGE_HEAD + "\n" + "\n".join([*head, *(_row(variable) for variable in known)]) + "\n"


def _row(variable: Variable) -> str:
    default = f"`{variable.default}`" if variable.default else ""
    cells = (f"`{variable.name}`", variable.values, default, ", ".join(variable.services), variable.meaning)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("<", "&lt;")


def _variable(name: str, field: Mapping[str, Any], services: Sequence[str]) -> Variable:
    # A setting that may be absent is "anyOf: what it is, or null".
    kind = {**field, **next((part for part in field.get("anyOf", ()) if part["type"] != "null"), {})}
    return Variable(
        name=name.upper(),
        values=_values(kind),
        default=_written(field["default"]),
        services=tuple(services),
        meaning=field["description"],
    )


def _written(value: object) -> str:
    """A default as one writes it in the environment."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return " ".join(value)
        case _:
            return str(value)


def _values(kind: Mapping[str, Any]) -> str:  # noqa: C901, PLR0911 - a table, one line a kind of value
    """What may be written, from the JSON schema of a field."""
    match kind:
        case {"enum": values}:
            return ", ".join(values)
        case {"writeOnly": True}:
            return "a secret"
        case {"type": "boolean"}:
            return "true or false"
        case {"type": "array"}:
            return "words, separated by commas or blanks"
        case {"type": "string", "pattern": pattern, "minLength": least, "maxLength": most}:
            return f"text like `{pattern}`, {least} to {most} characters"
        case {"type": "string", "pattern": pattern}:
            return f"text like `{pattern}`"
        case {"type": "string"}:
            return str(kind.get("format", "text"))
        case {"type": "integer"}:
            return ", ".join(["whole number", *_bounds(kind)])
        case _:
            return ", ".join(["number", *_bounds(kind)])


def _bounds(kind: Mapping[str, Any]) -> list[str]:
    words = {"exclusiveMinimum": "above", "minimum": "at least", "maximum": "at most"}
    return [f"{word} {kind[bound]:.0f}" for bound, word in words.items() if bound in kind]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
