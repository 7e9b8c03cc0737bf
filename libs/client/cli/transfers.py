"""Uploads and downloads as people see them: a bar while they go on, then what did not go through."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.progress import Progress, TextColumn
from rich.text import Text

from libs.client.cli.session import Session
from libs.client.cli.terminal import Terminal, bar
from libs.client.cli.words import count, plain, size
from libs.client.folders import Folder
from libs.client.transfer import Transfer, download_files, upload_files

_MOST_FAILURES = 20


async def upload(session: Session, folder: Folder, container: str) -> Transfer:
    """Send the files, tell how it went."""
    with _shown(session.terminal, "uploading", len(folder.files)) as tell:
        done = await upload_files(session.client, folder.files, container, tell)
    done.left_out = folder.left_out
    tell_transfer(session.terminal, f"uploaded to {plain(container)}", done)
    if done.left_out:
        session.terminal.note(f"  left out: {done.left_out:,} hidden or linked")
    return done


async def download(
    session: Session, container: str, root: Path, folders: Mapping[str, str], *, hidden: bool = False
) -> Transfer:
    """Fetch the files of these folders, see `download_files`, and tell how it went."""
    with _shown(session.terminal, "downloading", None) as tell:
        done = await download_files(session.client, container, root, tell, folders, hidden=hidden)
    tell_transfer(session.terminal, f"downloaded to {plain(str(root))}", done)
    if done.left_out:
        session.terminal.note(f"  left out: {done.left_out:,} hidden")
    return done


def tell_transfer(terminal: Terminal, where: str, done: Transfer) -> None:
    """A line, and one more for each file that did not go through."""
    terminal.say(f"{count(done.files, 'file')} ({size(done.bytes)}) {where}")
    if not done.failures:
        return
    terminal.say(Text(f"{count(len(done.failures), 'file')} not:", style="red"))
    shown = sorted(done.failures.items())[:_MOST_FAILURES]
    for name, why in shown:
        terminal.say(f"  {plain(name)}")
        terminal.say(f"    {plain(why)}")
    if len(done.failures) > len(shown):
        terminal.say(f"  and {len(done.failures) - len(shown):,} more; --json names them all")


def transfer_value(done: Transfer) -> dict[str, object]:
    return {
        "files": done.files,
        "bytes": done.bytes,
        "failures": done.failures,
        "left_out": done.left_out,
    }


@contextmanager
def _shown(terminal: Terminal, what: str, total: int | None) -> Iterator[Callable[[Transfer], None]]:
    if not terminal.err.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        bar(),
        TextColumn("{task.fields[figures]}"),
    )
    with Progress(*columns, console=terminal.err, transient=True, refresh_per_second=4) as progress:
        task = progress.add_task(what, total=total, figures="")

        def tell(done: Transfer) -> None:
            moved = done.files + len(done.failures)
            of_all = "" if total is None else f"/{total:,}"
            figures = f"{moved:,}{of_all} files, {size(done.bytes)}"
            progress.update(task, completed=moved, figures=figures)

        yield tell
