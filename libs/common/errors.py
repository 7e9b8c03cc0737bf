"""What can go wrong between us and the outside, named once.

    AppError
    ├── ConfigurationFault    a setting is wrong or missing: the process must not start
    ├── StorageUnavailable    no answer, an ambiguous one, or throttled. The operation MAY have been
    │   │                     carried out: read back before repeating it
    │   ├── StorageForbidden  no permission: passes when a role assignment arrives, or never
    │   └── TokenUnavailable  the identity's token endpoint gives no token: storage was not asked
    ├── FileUnavailable       storage answers, but not for what one file needs
    ├── StorageRejected       the storage service says the request itself is wrong: repeating cannot help
    │   └── StorageRefused    it refuses a request on a blob as it is: archived, leased, under a policy
    ├── NotFound              the blob, row, queue or container is not there
    ├── AlreadyExists         an insert, or a create-only write, met something
    ├── Conflict              an If-Match did not hold: somebody (perhaps our own first attempt) was there
    ├── KeyReused             an Idempotency-Key stands for another request already
    ├── TooSlow               it took all the time it may have, and was given up
    ├── LeaseLost             the queue message is no longer ours
    └── BudgetExhausted       the job has spent what it may spend

What is retried is decided in one place, `libs.jobs.endings`.
"""


class AppError(Exception):
    """Root of the tree; never raised itself."""


class ConfigurationFault(AppError):
    """A setting is wrong; the message is one line that names it and says what to do."""


class StorageUnavailable(AppError):
    """Storage gave no clear answer. Never proof that the operation was not done."""


class StorageForbidden(StorageUnavailable):
    """Storage refuses us (401, 403). A new role assignment takes minutes; a missing one lasts."""


class TokenUnavailable(StorageUnavailable):
    """The token endpoint refused us or did not answer. A new identity takes minutes; nothing was done."""


class FileUnavailable(AppError):
    """Storage answers everything but what one file needs of it. It may pass, as when a partition moves."""


class StorageRejected(AppError):
    """Storage refused the request as malformed."""


class StorageRefused(StorageRejected):
    """Storage refuses the request while the blob is as it is: archived, leased, under a policy."""


class NotFound(AppError):
    """What was asked for does not exist."""


class AlreadyExists(AppError):
    """What was to be created is there already."""


class RowUnreadable(AppError):
    """A row holds a value that this version does not know, or lacks one that it needs."""


class Conflict(AppError):
    """A conditional write met another version than the one it named, or none at all."""


class KeyReused(AppError):
    """The Idempotency-Key was used with another request."""


class TooSlow(AppError):
    """What was begun took all the time it may have, and was given up."""


class LeaseLost(AppError):
    """The message was received by somebody else, or deleted, since we had it."""


class BudgetExhausted(AppError):
    """The characters a job may spend are spent, or in the hands of other files."""


def forget_frames(error: BaseException) -> None:
    """Drop what tells where an error and those behind it came from, for whoever wants what they say.

    Frames hold all that was at work, a whole document for instance, and often the error as well: a circle
    that stays until the next garbage collection. The frames themselves are left alone: an error that several
    tasks met leads to frames of tasks that are still at work.
    """
    known: set[int] = set()
    met: list[BaseException | None] = [error]
    while met:
        one = met.pop()
        if one is None or id(one) in known:
            continue
        known.add(id(one))
        one.__traceback__ = None
        met += [
            one.__cause__,
            one.__context__,
            *(one.exceptions if isinstance(one, BaseExceptionGroup) else ()),
        ]
