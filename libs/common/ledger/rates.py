"""How fast the engine may be asked: at the configured rate, or at the one that its complaints let us find.

A quota is taken for what Azure AI Translator documents ("Service limits"): characters in a window that slides
over the last minute. So what was let go in the minute before a complaint is about the quota, whatever its
size and whoever else draws on it. The rate becomes a little less than that, and nothing is let go until the
window has room again. After a quiet minute the rate rises: hardly at first, for the quota is most likely what
it was, then ever faster (with the cube of time, as in CUBIC, RFC 9438).

Nothing here waits or stores: a `Rate` is what the shared row says, and moments are the storage service's
(Unix time, seconds).
"""

from dataclasses import dataclass, replace

#: What one lease covers, and how much of the rate that nobody took is not lost (seconds).
LEASE_SECONDS = 0.5
#: The window of a quota, and the pieces in which it is remembered what was let go (seconds).
WINDOW_SECONDS, _PIECE = 60.0, 2
#: Share that is given away of the configured rate, and of one that was found (which is below the quota
#: already): requests do not arrive as evenly as leases are cut.
_GIVEN, _GIVEN_OF_FOUND = 0.96, 0.975
#: What remains of what the window held: at a complaint after a quiet minute; at one that soon follows
#: another, for then the quota is not what it was. At once the rate falls by `_FALL` at most: the window may
#: tell nothing.
_KEPT, _KEPT_AGAIN, _FALL = 0.98, 0.95, 0.3
#: It never falls below this share of the configured rate.
_LEAST = 0.01
#: The pause after a complaint lasts until the window has room, and a second at least; longer, the less is
#: left of the configured rate. Never longer than this (seconds): a probe tells more than a reckoning.
_LONGEST_PAUSE = 5.0
#: No wish of an engine is followed for longer than this (seconds).
LONGEST_WISH = 3600.0
#: Seconds of rising that are enough for all of the configured rate.
_RISES = 240.0

Given = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """``characters`` were let go in vain: a request, ``sent`` at that moment, was refused as too fast.
    ``wish``: seconds the engine wants to be left alone, 0 where it says nothing.
    """

    characters: int
    sent: float
    wish: float = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """``until``: it is given away up to this moment; ``limit``: characters a minute found to be good at the
    last complaint; ``resumed``: the end of the pause after that, 0 if there was none; ``given``: what was let
    go, by the beginning of its piece.
    """

    until: float
    limit: float = 0.0
    resumed: float = 0.0
    given: Given = ()

    def a_minute(self, now: float, most: int) -> float:
        """Characters a minute; ``most`` is the configured rate."""
        if not self.resumed:
            return _GIVEN * most
        calm = max(0.0, now - self.resumed - WINDOW_SECONDS)
        return min(_GIVEN * most, _GIVEN_OF_FOUND * (self.limit + most * (calm / _RISES) ** 3))

    def leased(self, now: float, most: int, in_vain: int) -> "tuple[Rate, float, float]":
        """The row with one lease more, when that begins, and how many characters it lets go. ``in_vain``:
        characters of earlier leases that were not used.
        """
        begin = max(self.until, now - LEASE_SECONDS)
        characters = self.a_minute(now, most) * LEASE_SECONDS / 60
        given = _with(_without(_recent(self.given, now), in_vain), begin, characters)
        return replace(self, until=begin + LEASE_SECONDS, given=given), begin, characters

    def refused(self, now: float, most: int, complaint: Complaint) -> "Rate":
        """The row after a complaint. From what was sent before the last pause was over it is learnt only that
        it was let go in vain, and for how long the engine wants to be left alone.
        """
        given = _without(_recent(self.given, now), complaint.characters)
        earliest = now + min(complaint.wish, LONGEST_WISH)
        if complaint.sent < self.resumed:
            until, resumed = max(self.until, earliest), max(self.resumed, earliest)
            return replace(self, until=until, resumed=resumed, given=given)
        limit, held = self.a_minute(now, most), _held(given, now)
        kept = _KEPT_AGAIN if complaint.sent < self.resumed + WINDOW_SECONDS else _KEPT
        limit = max(most * _LEAST, min(limit, max(limit * (1 - _FALL), held * kept)))
        pause = max(most / limit, _has_left(given, now, held - limit) - now)
        resumed = max(earliest, now + min(_LONGEST_PAUSE, pause))
        return Rate(resumed, limit, resumed, given)


def _recent(given: Given, now: float) -> Given:
    return tuple(piece for piece in given if piece[0] + _PIECE > now - WINDOW_SECONDS)


def _with(given: Given, moment: float, characters: float) -> Given:
    pieces = dict(given)
    begin = int(moment // _PIECE) * _PIECE
    pieces[begin] = pieces.get(begin, 0) + round(characters)
    return tuple(sorted(pieces.items()))


def _without(given: Given, characters: int) -> Given:
    """The latest go first: they are most likely those that were in vain."""
    pieces = list(given)
    while pieces and characters > 0:
        begin, held = pieces.pop()
        if held > characters:
            pieces.append((begin, held - characters))
        characters -= held
    return tuple(pieces)


def _held(given: Given, now: float) -> float:
    """Characters in the window that ends now."""
    return sum(characters * _inside(begin, now) for begin, characters in given)


def _inside(begin: int, now: float) -> float:
    """The part of a piece that has not left the window; none of one to come, for its leases are void."""
    return 0.0 if begin > now else min(1.0, max(0.0, (begin + _PIECE - (now - WINDOW_SECONDS)) / _PIECE))


def _has_left(given: Given, now: float, characters: float) -> float:
    """When so many of them have left the window."""
    for begin, held in given:
        inside = _inside(begin, now)
        if characters <= held * inside:
            gone = 1 - inside + max(0.0, characters) / held if held else 1 - inside
            return begin + _PIECE * gone + WINDOW_SECONDS
        characters -= held * inside
    return now + WINDOW_SECONDS
