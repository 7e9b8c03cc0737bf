"""Files of terms, as the command line reads them: what is wrong is told before anything is sent."""

import io
from pathlib import Path

import pytest

from libs.client.cli.exits import Exit
from libs.client.cli.program import run

WRONG = {
    "a list": (b'["a"]', "one JSON object"),
    "a number": (b'{"a": 1}', "one JSON object"),
    "deep": (b"[" * 100_000, "one JSON object"),
    "no JSON": (b'{"a": "b",}', "not JSON: "),
    "nothing": (b"", "not JSON: "),
    "Latin-1": (b'{"a": "\xe9"}', "not UTF-8"),
    "a term twice": (b'{"a": "b", "a": "c"}', "'a' is in it twice"),
    "endless": (b" " * 2_000_000, "more than 1,048,576 bytes"),
}


@pytest.mark.parametrize("command", ["submit", "estimate", "translate"])
@pytest.mark.parametrize("wrong", [*WRONG, "missing", "a folder"])
def test_a_file_that_holds_no_terms_is_one_line_and_a_usage_error(
    tmp_path: Path, command: str, wrong: str
) -> None:
    file = tmp_path / "terms.json"
    data, why = WRONG.get(wrong, (None, "terms.json"))
    if data is not None:
        file.write_bytes(data)
    elif wrong == "a folder":
        file.mkdir()
    out, err = io.StringIO(), io.StringIO()
    # Nobody listens there: the file is read before anything is sent.
    nowhere = ["--api-url", "http://127.0.0.1:9"]
    code = run([command, "a", "b", "--to", "es", "--dictionary", str(file), *nowhere], out, err)
    assert (code, out.getvalue()) == (Exit.USAGE, "")
    assert err.getvalue().startswith("error: ")
    assert err.getvalue().count("\n") == 1
    assert why in err.getvalue()
