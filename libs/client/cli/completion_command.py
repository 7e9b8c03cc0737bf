"""``completion``: what a shell has to run to complete commands and options."""

import click
from click.shell_completion import get_completion_class

from libs.client.cli.group import program


@program.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what completes commands in SHELL.

    For bash: eval "$(batch-translate completion bash)"
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(kind(program, {}, "batch-translate", "_BATCH_TRANSLATE_COMPLETE").source())
