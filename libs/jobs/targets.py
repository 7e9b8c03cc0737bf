"""Where what is made of a file goes, and how it gets there: once, and over nobody else's work."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from libs.common.errors import Conflict, LeaseLost, NotFound
from libs.common.ledger.records import IfExists, JobRow
from libs.common.storage.blobs import Blobs, BlobVersion
from libs.jobs.marks import is_own
from libs.jobs.messages import LONGEST_NAME, FileTask
from libs.jobs.selection import target_name
from libs.translation.errors import PermanentFault

#: What stands in the way, by what a look at the target finds.
_OBSTACLES = {"directory": "a directory has this name", "lease": "somebody holds a lease on it"}
#: Parts between slashes that a name may have ("Naming and referencing containers, blobs, and metadata").
_MOST_SEGMENTS = 254
#: Times a write that met another version is begun anew before the file goes back to the queue.
_WRITES = 3

#: Writes over the version with this ETag, or where there is none (None); `Conflict`: another is there.
Write = Callable[[str | None], Awaitable[None]]
#: Whether the lease on the file's message is surely ours at this moment.
Held = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Place:
    """A name in the target container, and the mark of what is written there."""

    container: str
    name: str
    mark: dict[str, str]
    may_overwrite: bool


def place_of(job: JobRow, task: FileTask, mark: dict[str, str]) -> Place:
    """`PermanentFault` (``target_name_too_long``) where storage takes no such name."""
    name = target_name(job, task.language, task.name)
    if len(name) > LONGEST_NAME or name.count("/") >= _MOST_SEGMENTS:
        said = f"{len(name)} characters, {name.count('/') + 1} segments; a blob's name has at most"
        raise PermanentFault("target_name_too_long", f"{said} {LONGEST_NAME} and {_MOST_SEGMENTS}")
    return Place(
        container=job.target_container,
        name=name,
        mark=mark,
        may_overwrite=job.if_exists is not IfExists.FAIL,
    )


async def look(blobs: Blobs, place: Place, *, delivered_before: bool) -> BlobVersion | None:
    """What is at the place before it is written to. `PermanentFault` (``target_exists``) if that may not be.

    A first delivery expects an empty place; only a repeated one can meet its own earlier output. Where a
    target that is there means failure, it is looked for before anything is paid.
    """
    if not delivered_before and place.may_overwrite:
        return None
    seen = await blobs.version(place.container, place.name)
    _check(place, seen)
    return seen


async def publish(blobs: Blobs, place: Place, seen: BlobVersion | None, held: Held, write: Write) -> None:
    """Write under the version seen, while ``held()`` says that the lease is ours. A version that meets us
    there is looked at: our own output (an attempt whose reply was lost, a second delivery) stays, anything
    else is written over.
    """
    for _ in range(_WRITES):
        if not await held():
            raise LeaseLost("the lease ended before the target was written")
        try:
            await write(None if seen is None else seen.etag)
        except Conflict:
            seen = await blobs.version(place.container, place.name)
            if seen is not None and seen.metadata == place.mark:
                return
            _check(place, seen)
        except NotFound as error:
            raise PermanentFault(
                "target_container_not_found", f"the target container {place.container!r} is no longer there"
            ) from error
        else:
            return
    raise Conflict(f"the target {place.name!r} changes under every write")


def _check(place: Place, seen: BlobVersion | None) -> None:
    """A stranger's file may be in our place only where the job says that it may be written over, and what
    storage will not let us write over is refused before the engine is paid.
    """
    if seen is not None and seen.obstacle is not None:
        raise PermanentFault(
            "storage_rejected", f"the target {place.name!r} cannot be written: {_OBSTACLES[seen.obstacle]}"
        )
    if seen is not None and not place.may_overwrite and not is_own(seen.metadata, place.mark):
        raise PermanentFault("target_exists", f"the target {place.name!r} exists, and the job says fail")
