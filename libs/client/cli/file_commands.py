"""Commands that move files between this machine and containers."""

from pathlib import Path

import click

from libs.client.cli.exits import Exit, of_transfer
from libs.client.cli.group import program
from libs.client.cli.session import Session, command
from libs.client.cli.transfers import download, transfer_value, upload
from libs.client.folders import read_folder

FOLDER = click.Path(path_type=Path)


@command(program, "upload")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("container")
@click.option("--prefix", default="", metavar="TEXT", help="What names in the container begin with.")
@click.option("--hidden", is_flag=True, help="Hidden files and folders too.")
async def upload_folder(session: Session, folder: Path, container: str, prefix: str, hidden: bool) -> Exit:
    """Send the files below DIR into CONTAINER.

    The container is made if it is missing.
    """
    found = read_folder(folder, prefix, hidden=hidden)
    await session.client.create_container(container)
    done = await upload(session, found, container)
    if session.terminal.as_json:
        session.terminal.json({"container": container, **transfer_value(done)})
    return of_transfer(done.files, len(done.failures))


@command(program, "download")
@click.argument("container")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--prefix", default="", metavar="TEXT", help="Only names that begin so.")
@click.option("--strip", is_flag=True, help="Names here begin behind the prefix.")
@click.option("--hidden", is_flag=True, help="Hidden files and folders too.")
async def download_container(
    session: Session, *, container: str, folder: Path, prefix: str, strip: bool, hidden: bool
) -> Exit:
    """Fetch the files of CONTAINER into DIR.

    A file that is there already is replaced. No name leads out of DIR.
    """
    folders = {prefix: "" if strip else prefix}
    done = await download(session, container, folder, folders, hidden=hidden)
    if session.terminal.as_json:
        session.terminal.json({"container": container, **transfer_value(done)})
    return of_transfer(done.files, len(done.failures))
