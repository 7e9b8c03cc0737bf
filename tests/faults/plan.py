"""Which request meets which fault: by seed, rate and operation, the same in every run of a seed."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What can happen to a request between its sender and storage."""

    BUSY = "503 ServerBusy"
    TIMED_OUT = "500 OperationTimedOut"
    THROTTLED = "429 TooManyRequests"
    HANG = "no answer, not carried out"
    RESET = "reset before it is carried out"
    LOST_REPLY = "carried out, reply lost"
    DELAY = "slow"
    LATE = "carried out after its sender has given up"
    DOWN = "service down"
    FORBIDDEN = "403 AuthorizationPermissionMismatch"


#: What a plan chooses from by itself. `Fault.DOWN` is switched by hand, and a missing role is no fault of a
#: single request.
CHOICE = tuple(fault for fault in Fault if fault not in {Fault.DOWN, Fault.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Answer:
    """An error as a storage service words it."""

    status: int
    code: str


ANSWERS = {
    Fault.BUSY: Answer(503, "ServerBusy"),
    Fault.TIMED_OUT: Answer(500, "OperationTimedOut"),
    Fault.THROTTLED: Answer(429, "TooManyRequests"),
    Fault.FORBIDDEN: Answer(403, "AuthorizationPermissionMismatch"),
}


@dataclass(slots=True)
class Plan:
    """``rate`` of the requests whose operation matches ``only`` meet one of ``faults``.

    The fate of the n-th request of an operation depends on the seed, the operation and n alone, so the order
    in which operations happen to mix changes nothing.
    """

    seed: int = 0
    rate: float = 0.0
    faults: Sequence[Fault] = CHOICE
    only: str = ".*"
    _asked: Counter[str] = field(default_factory=Counter)

    def fate(self, operation: str) -> Fault | None:
        """What happens to the next request of this operation; None: nothing."""
        number = self._asked[operation]
        self._asked[operation] += 1
        if not re.fullmatch(self.only, operation):
            return None
        dice = random.Random(f"{self.seed}/{operation}/{number}")
        return dice.choice(self.faults) if dice.random() < self.rate else None
