"""Commands for whoever keeps the system running."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import groupby

import click

from libs.client.cli.exits import Exit, of_transfer
from libs.client.cli.group import program
from libs.client.cli.lists import Shape, show_list
from libs.client.cli.session import Session, command, confirmed
from libs.client.cli.words import age, count, duration, plain
from libs.client.errors import ApiProblem
from libs.client.records import DeadLetter, Pair


@program.group("dead-letters")
def dead_letters() -> None:
    """List, replay or purge what was given up."""


@command(dead_letters, "list")
async def list_letters(session: Session) -> None:
    """List the oldest dead letters of each queue, 32 at most."""
    found = await session.client.dead_letters()
    shown = len(found.letters)

    async def letters() -> AsyncIterator[DeadLetter]:
        for letter in found.letters:
            yield letter

    # Letters that a replay passed over are out of sight for a while: that is not the same as none.
    empty = f"None of {found.total:,} can be seen at the moment." if found.total else _LETTERS.empty
    await show_list(session.terminal, letters(), replace(_LETTERS, empty=empty), None)
    if 0 < shown < found.total:
        said = f"The oldest {shown:,} of {found.total:,}; replay or purge some to see the others."
        session.terminal.note(said)


@command(dead_letters)
@click.argument("letters", metavar="ID...", nargs=-1, required=True)
async def replay(session: Session, letters: Sequence[str]) -> Exit:
    """Try again what the dead letters with these IDs are about."""
    refused: dict[str, str] = {}
    for letter in letters:
        try:
            await session.client.replay(letter)
        except ApiProblem as problem:
            if len(letters) == 1:
                raise
            refused[letter] = str(problem)
            session.terminal.say(f"{plain(letter)} stays: {plain(str(problem))}")
        else:
            session.terminal.say(f"{plain(letter)} replayed")
    if session.terminal.as_json:
        session.terminal.json(
            {"replayed": [one for one in letters if one not in refused], "refused": refused}
        )
    return of_transfer(len(letters) - len(refused), len(refused))


@command(dead_letters)
@click.option("--yes", is_flag=True, help="Do not ask.")
async def purge(session: Session, yes: bool) -> Exit:
    """Remove all dead letters of all queues."""
    if not confirmed(session.terminal, "Remove all dead letters?", yes=yes):
        return Exit.ERROR
    await session.client.purge()
    if session.terminal.as_json:
        session.terminal.json({"purged": True})
    session.terminal.say("All dead letters removed")
    return Exit.DONE


@command(program)
async def languages(session: Session) -> None:
    """List the languages that are translated."""
    found = await session.client.languages()
    if session.terminal.as_json:
        session.terminal.json(found)
        return
    pairs = sorted(found.pairs, key=lambda pair: (pair.source_language, pair.target_language))
    rows = [
        (source, ", ".join(map(_target, group)))
        for source, group in groupby(pairs, key=lambda pair: pair.source_language)
    ]
    session.terminal.table(("FROM", "TO"), rows, ["TO"])
    anything = "; it takes every pair" if found.any else ""
    default = plain(found.default_source_language)
    session.terminal.note(f"Engine {plain(found.engine)}{anything}; from {default} where a job does not say.")


@command(program)
async def status(session: Session) -> None:
    """Show queues, dead letters and the oldest open job."""
    found = await session.client.status()
    terminal = session.terminal
    if terminal.as_json:
        terminal.json(found)
        return
    rows = [(queue.name, f"{queue.messages:,}", f"{queue.dead_letters:,}") for queue in found.queues]
    terminal.table(("QUEUE", "MESSAGES", "DEAD LETTERS"), rows)
    more = "" if found.open_jobs_complete else " or more"
    oldest = found.oldest_open_job
    since = (
        f", the oldest {plain(oldest.job_id)} ({plain(oldest.status)}, {duration(oldest.age_seconds)} old)"
        if oldest is not None
        else ""
    )
    terminal.say(f"{count(found.open_jobs, 'open job')}{more}{since}")


def _target(pair: Pair) -> str:
    return f"{pair.target_language} via {pair.via}" if pair.via else pair.target_language


def _letter_row(letter: DeadLetter) -> tuple[str, ...]:
    why = ": ".join(part for part in (letter.reason, letter.error) if part)
    return letter.id, age(letter.timestamp or ""), letter.job_id or "", why


_LETTERS = Shape(("ID", "AGE", "JOB", "REASON"), _letter_row, ["REASON"], "There are no dead letters.")
