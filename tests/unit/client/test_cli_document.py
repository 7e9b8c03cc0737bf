"""docs/cli.md is about the program that there is."""

import re
import shlex

import click
import pytest

import libs.client.cli.program  # noqa: F401 - it makes the commands
from deploy.local.places import ROOT
from libs.client.cli.exits import Exit, of_status
from libs.client.cli.group import program

DOCUMENT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\$ batch-translate (.+)$", DOCUMENT, re.MULTILINE)


def commands(group: click.Group) -> dict[str, click.Command]:
    """All commands by name, those of groups with their group's."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        inner = commands(command).items() if isinstance(command, click.Group) else ()
        found |= {f"{name} {other}": one for other, one in inner} if inner else {name: command}
    return found


@pytest.mark.parametrize("line", SHOWN)
def test_what_the_document_types_is_understood(line: str) -> None:
    command: click.Command = program
    arguments = shlex.split(line)
    while isinstance(command, click.Group):
        command = command.commands[arguments.pop(0)]
    command.make_context(None, arguments)


def test_the_document_shows_every_command() -> None:
    missing = {name for name in commands(program) if not any(line.startswith(name) for line in SHOWN)}
    assert missing == {"completion"}


def test_every_command_but_completion_has_the_options_that_the_document_gives_to_all() -> None:
    table = DOCUMENT.partition("| option of every command but `completion` |")[2].partition("\n\n")[0]
    options = set(re.findall(r"^\| `(--[\w-]+)", table, re.MULTILINE))
    assert "--json" in options
    lacking = {
        name
        for name, command in commands(program).items()
        if not options <= {option for one in command.params for option in one.opts}
    }
    assert lacking == {"completion"}


def test_the_document_prints_the_exit_codes_there_are() -> None:
    printed = {int(code) for code in re.findall(r"^\| (\d+) \|", DOCUMENT, re.MULTILINE)}
    assert printed == {code.value for code in Exit}


def test_every_end_of_a_job_has_its_own_code_and_a_strange_one_is_no_success() -> None:
    ends = ("completed", "completed_with_errors", "failed", "cancelled")
    assert [of_status(end) for end in ends] == [0, 3, 4, 5]
    assert of_status("something new") == Exit.ERROR
