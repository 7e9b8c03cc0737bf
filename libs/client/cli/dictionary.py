"""A file of terms, as ``--dictionary`` takes it: one JSON object, term to translation."""

import json
from collections import Counter
from typing import BinaryIO

import click

#: Far above what the API takes (32 KiB without blanks), and no trouble to hold (bytes).
_LONGEST = 1024 * 1024
_ONE_OBJECT = 'a dictionary is one JSON object of texts: {"term": "translation"}'


def dictionary_of(_context: click.Context, _option: click.Parameter, file: BinaryIO | None) -> dict[str, str]:
    """The terms of an open file; none without a file. `click.BadParameter`: it holds no terms."""
    if file is None:
        return {}
    try:
        with file:
            data = file.read(_LONGEST + 1)
    except OSError as error:
        raise click.BadParameter(f"it cannot be read: {error.strerror}") from None
    if len(data) > _LONGEST:
        raise click.BadParameter(f"it has more than {_LONGEST:,} bytes")
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_each_once)
    except UnicodeDecodeError:
        raise click.BadParameter("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        said = f"it is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        raise click.BadParameter(said) from None
    except (ValueError, RecursionError):
        raise click.BadParameter(_ONE_OBJECT) from None
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise click.BadParameter(_ONE_OBJECT)
    return value


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of a term that is there twice, JSON readers take one or the other: nobody means that."""
    terms = dict(pairs)
    if len(terms) < len(pairs):
        twice = Counter(term for term, _ in pairs).most_common(1)[0][0]
        raise click.BadParameter(f"{twice[:100]!r} is in it twice")
    return terms
