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


def commands(group: click.Group) -> set[str]:
    """Names of all commands, those of groups with their group's."""
    names = set()
    for name, command in group.commands.items():
        names |= (
            {f"{name} {inner}" for inner in commands(command)} if isinstance(command, click.Group) else {name}
        )
    return names


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


def test_the_document_prints_the_exit_codes_there_are() -> None:
    printed = {int(code) for code in re.findall(r"^\| (\d+) \|", DOCUMENT, re.MULTILINE)}
    assert printed == {code.value for code in Exit}


def test_every_end_of_a_job_has_its_own_code_and_a_strange_one_is_no_success() -> None:
    ends = ("completed", "completed_with_errors", "failed", "cancelled")
    assert [of_status(end) for end in ends] == [0, 3, 4, 5]
    assert of_status("something new") == Exit.ERROR
