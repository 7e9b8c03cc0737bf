"""What the demo shows. Names, texts and errors are other people's: printed as text, never as markup."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from deploy.local.demo_client import FileEnd, Job
from deploy.local.stack import Stack

EXCERPT_CHARACTERS = 620

ShowJob = Callable[[Job], None]


class Report:
    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, what: str) -> None:
        self._print(Text(f"* {what}", style="bold"))

    def requested(self, url: str, body: str) -> None:
        self._print(Text(f"  POST {url}\n  {body}", style="cyan"))

    @contextmanager
    def progress(self) -> Iterator[ShowJob]:
        """Shows a job each time it is handed one: a live bar on a terminal, else a line for each change."""
        if not self._console.is_terminal:
            yield self._line_per_change()
            return
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as bar:
            task = bar.add_task("", total=None)

            def show(job: Job) -> None:
                ended = job.total_files - job.pending_files
                bar.update(task, total=job.total_files, completed=ended, description=_counts(job))

            yield show

    def outcome(self, job: Job, failures: list[FileEnd]) -> None:
        self._print(Text(f"  {job.status}: {_counts(job)}"))
        for file in failures:
            self._print(Text(f"  not translated: {file.name}", style="yellow"))
            self._print(Text(f"    {file.error_code}: {file.error}"))

    def tree(self, container: str, documents: Mapping[str, bytes]) -> None:
        root = Tree(Text(f"{container}/", style="bold"))
        folders = {PurePosixPath("."): root}
        for name, content in documents.items():
            path = PurePosixPath(name)
            branch = _folder(folders, path.parent)
            branch.add(Text.assemble(path.name, (f"  {len(content):,} bytes", "bright_black")))
        self._console.print(root, highlight=False)

    def excerpt(self, name: str, before: str, after: str) -> None:
        table = Table.grid(expand=True)
        for _ in ("before", "after"):
            table.add_column(ratio=1)
        table.add_row(*(Panel(Text(_start(text)), title=side) for side, text in _sides(name, before, after)))
        self._console.print(table)

    def timings(self, seconds: Mapping[str, float], characters: int) -> None:
        parts = [f"{what} {time:.1f} s" for what, time in seconds.items()]
        rate = characters / max(seconds["translation"], 0.001)
        self._print(
            Text(f"{', '.join(parts)}; {characters:,} characters, {rate:,.0f} a second", style="green")
        )

    def kept(self, running: Stack) -> None:
        text = f"  jobs       {running.api_url}/api/v1/batch/jobs\n  storage    "
        self._print(Text(f"{text}{running.connection_string}\n  Ctrl-C ends everything"))

    def _line_per_change(self) -> ShowJob:
        last = ""

        def show(job: Job) -> None:
            nonlocal last
            if (line := f"  {job.status}: {_counts(job)}") != last:
                self._print(Text(line))
                last = line

        return show

    def _print(self, text: Text) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)


def _counts(job: Job) -> str:
    return (
        f"{job.processed_files} succeeded, {job.failed_files} failed, "
        f"{job.skipped_files} skipped, {job.pending_files} pending"
    )


def _folder(folders: dict[PurePosixPath, Tree], path: PurePosixPath) -> Tree:
    if path not in folders:
        folders[path] = _folder(folders, path.parent).add(Text(f"{path.name}/", style="bold"))
    return folders[path]


def _sides(name: str, before: str, after: str) -> tuple[tuple[Text, str], tuple[Text, str]]:
    return (Text(f"{name}, before"), before), (Text("after"), after)


def _start(text: str) -> str:
    """Whole paragraphs from the beginning, about as many as fit a screen."""
    end = text.find("\n\n", EXCERPT_CHARACTERS)
    return text if end < 0 else text[:end]
