"""What every command has: where the API is, ``--json``, a client that is open while it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import click

from libs.client.cli.exits import Exit
from libs.client.cli.terminal import Terminal
from libs.client.client import Client, open_client
from libs.client.errors import ClientError
from libs.client.settings import ClientSettings, connection_options


@dataclass(frozen=True, slots=True)
class Session:
    """One run of one command."""

    client: Client
    terminal: Terminal


Action = Callable[..., Awaitable[Exit | None]]


def command(group: click.Group, name: str | None = None) -> Callable[[Action], click.Command]:
    """Makes a command of an async function of a `Session` and its options; its docstring is the help.

    The function gives the exit code; None is `Exit.DONE`.
    """

    def decorate(action: Action) -> click.Command:
        @click.option("--json", "as_json", is_flag=True, help="Write the result as JSON, for programs.")
        @connection_options
        @click.pass_obj
        def run(terminal: Terminal, /, api_url: str, api_key: str | None, **values: Any) -> Exit:
            terminal = terminal.with_json(as_json=values.pop("as_json"))
            try:
                settings = ClientSettings.of_texts(api_url, api_key)
            except ClientError as error:
                raise click.UsageError(f"{error}.") from None
            return asyncio.run(_run(action, settings, terminal, values)) or Exit.DONE

        # click notes an option at the function it decorates: those of the action come first.
        own = list(reversed(getattr(action, "__click_params__", [])))
        return group.command(name or _name_of(action), help=action.__doc__, params=own)(run)

    return decorate


def confirmed(terminal: Terminal, question: str, *, yes: bool) -> bool:
    """Ask before what cannot be taken back; without somebody to ask, only ``--yes`` will do."""
    if yes:
        return True
    if not terminal.err.is_terminal:
        raise click.UsageError(f"{question} Say so with --yes.")
    if click.confirm(question, err=True):
        return True
    terminal.note("Nothing was deleted.")
    return False


def _name_of(action: Action) -> str:
    return str(getattr(action, "__name__", "")).replace("_", "-")


async def _run(
    action: Action, settings: ClientSettings, terminal: Terminal, values: dict[str, Any]
) -> Exit | None:
    async with open_client(settings) as client:
        return await action(Session(client, terminal), **values)
