"""The group that every command belongs to."""

from importlib.metadata import PackageNotFoundError, version

import click


def _version() -> str:
    try:
        return version("batch-translation")
    except PackageNotFoundError:
        return "not installed"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 error, 2 usage; of a job or a transfer also 3 partly failed, 4 failed, "
    "5 cancelled.",
)
@click.version_option(_version(), message="%(version)s")
def program() -> None:
    """Translate folders and containers of documents in batches."""
