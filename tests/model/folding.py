"""The protocol with counter rows that are folded: a folder, a reader of progress, and workers that were
paused.

The counter rows are (processed, failed, version, greatest version so far, batch number); version 0 is a row
that is not there. Number 0 of them is the folded row, whose version is the number of the last fold. Writes carry whole
values, computed from what their process last read, as the ledger's do.
"""

from tests.model.protocol import C, F, FQ, J, Protocol, put, remv, seta, setmsg, swap
from tests.model.protocol import A as ACTORS

_NO_ROW = (0, 0, 0, 0, 0)


class Folding(Protocol):
    """``folds`` and ``polls`` bound how often rows are folded and progress is read; ``note``: a process may begin
    with a write that ends no file. The others choose a variant that is known to be broken.
    """

    def __init__(
        s, folds=1, polls=0, note=0, reader="numbers", anew="zero", fold="matched", **bounds
    ) -> None:
        super().__init__(**bounds)
        s.folds, s.polls, s.note, s.reader, s.anew, s.fold = folds, polls, note, reader, anew, fold

    def init(s):
        st = super().init()
        acts = [("0", me[1] + 1, (0, 0, 0, 0)) if s.kind[a] == "w" else me for a, me in enumerate(st[ACTORS])]
        acts.append(("f0", s.folds))
        s.names.append("FOLDER")
        s.kind.append("f")
        if s.polls:
            acts.append(("p0", s.polls, 0))
            s.names.append("POLLER")
            s.kind.append("p")
        return put(put(st, C, (_NO_ROW,) * (s.nw + 1)), ACTORS, tuple(acts))

    def ex(s, st, op):
        if op[0] == "wtx":
            _, inc, (ver, _num, p, q), items, num = op
            c = row(st, inc)
            if c[2] != ver:
                return st, "412"
            Fl = list(st[F])
            for f, tag, o in items:
                if Fl[f][1] != tag:
                    return st, "412"
                Fl[f] = (o, tag + 1)
            p += sum(o == "S" for _, _, o in items)
            q += sum(o == "F" for _, _, o in items)
            return setrow(put(st, F, tuple(Fl)), inc, (p, q, c[3] + 1, c[3] + 1, num)), "ok"
        if op[0] == "fold":
            _, head, rows = op
            if row(st, 0) != head:
                return st, "412"
            if s.fold == "matched" and any(row(st, inc)[2] != c[2] for inc, c in rows):
                return st, "412"
            for inc, _ in rows:
                st = setrow(st, inc, (0, 0, 0, row(st, inc)[3], 0))
            p, q = (head[part] + sum(c[part] for _, c in rows) for part in (0, 1))
            return setrow(st, 0, (p, q, head[2] + 1, head[2] + 1, 0)), "ok"
        return super().ex(st, op)

    # ---- worker: me[2] is what it knows of its own row: (version, batch number, processed, failed)
    def k_w(s, st, a, me):
        if me[0].startswith("K"):
            yield from super().k_w(st, a, me)
            return
        pc, inc, own = me[0], me[1], me[2] or (0, 0, 0, 0)
        if pc in ("0", "H"):
            held = me[3] if pc == "H" else ()
            yield from s.receives(st, a, inc, own, held)
            if held or (s.note and own == (0, 0, 0, 0)):
                yield from s.commits(st, a, inc, own, held, own[1] + 1)
        elif pc == "R":  # sends what is left of a batch again, under its number
            yield from s.commits(st, a, inc, own, me[3], me[4])
        elif pc == "B1":
            c, num = row(st, inc), me[4]
            known = (c[2], num, c[0], c[1])
            if c[2] == 0 and s.anew == "memory":
                known = (0, num, own[2], own[3])
            if c[2] and c[4] == num:
                yield "reads back own counter: committed", 0, seta(st, a, ("E", inc, known, me[3]))
            else:
                yield "reads back own counter %s" % (c,), 0, seta(st, a, ("B2", inc, known, me[3], num))
        elif pc == "B2":
            keep = tuple(h for h in me[3] if st[F][h[0]][1] == h[1])
            gone = tuple(h for h in me[3] if h not in keep)
            yield "reads back rows: keep %s" % (keep,), 0, seta(st, a, ("E", inc, own, gone, keep, me[4]))
        elif pc == "E" and me[3]:
            n = setmsg(st, FQ, a, lambda m: None, 0, me[3][0][0])
            yield "deletes message f%d" % me[3][0][0], 0, seta(n, a, ("E", inc, own, me[3][1:], *me[4:]))
        elif pc == "E" and len(me) > 4 and me[4]:
            yield "goes on", 0, seta(st, a, ("R", inc, own, me[4], me[5]))
        else:
            yield from super().k_w(st, a, ("E", inc, own, ()))

    def receives(s, st, a, inc, own, held):
        if len(held) >= s.grp:
            return
        for m in sorted(set(st[FQ])):
            if m[2] == 1 and not any(h[0] == m[0] for h in held):
                n = swap(st, FQ, m, (m[0], m[1], 0, a))
                yield (
                    "receives f%d tag %d" % m[:2],
                    0,
                    seta(n, a, ("H", inc, own, held + ((m[0], m[1], "S"),))),
                )
                if st[J] is None or st[J][0] == "X":
                    yield "job cancelled: drops f%d" % m[0], 0, remv(st, FQ, m)

    def commits(s, st, a, inc, own, items, num):
        def cont(x, r):
            if r != "ok":
                return seta(x, a, ("B1", inc, own, items, num))
            p = own[2] + sum(o == "S" for _, _, o in items)
            q = own[3] + sum(o == "F" for _, _, o in items)
            return seta(x, a, ("E", inc, (own_version(st, inc) + 1, num, p, q), items))

        yield from s.write(st, a, ("wtx", inc, own, items, num), cont, "commit %s after %s" % (items, own))

    # ---- folder: reads all rows, then folds any one of them, or all
    def k_f(s, st, a, me):
        if me[0] == "f0" and me[1]:
            there = tuple((inc, c) for inc, c in enumerate(st[C]) if inc and c[2])
            for rows in {(one,) for one in there} | ({there} if there else set()):
                yield (
                    "reads counters, takes %s" % (rows,),
                    0,
                    seta(st, a, ("f1", me[1] - 1, row(st, 0), rows)),
                )
        elif me[0] == "f1":
            done = ("f0", me[1])
            yield from s.write(
                st, a, ("fold", me[2], me[3]), lambda x, r: seta(x, a, done), "folds %s" % (me[3],)
            )

    # ---- poller: reads row after row; (polls left, best so far, number of the fold, sum, next row)
    def k_p(s, st, a, me):
        if me[0] == "p0" and me[1]:
            head = row(st, 0)
            yield "poll: folded row", 0, seta(st, a, ("p1", me[1] - 1, me[2], head[2], head[0] + head[1], 1))
        elif me[0] == "p1" and me[5] < len(st[C]):
            c = row(st, me[5])
            yield "poll: row %d" % me[5], 0, seta(st, a, (*me[:4], me[4] + c[0] + c[1], me[5] + 1))
        elif me[0] == "p1" and s.reader == "numbers" and row(st, 0)[2] != me[3]:
            yield "poll: a fold came in between", 0, seta(st, a, ("p0", me[1] + 1, me[2]))
        elif me[0] == "p1":
            yield (
                "poll: says %d" % me[4],
                0,
                seta(st, a, ("p0", me[1], me[4]) if me[4] >= me[2] else ("back",)),
            )

    # ---- closing check: the folded row, row after row, the mark
    def closer(s, st, a, me, after):
        pc, rest = me[0], me[-1]
        late = s.reader == "folded row last"
        if pc == "K2":
            head = row(st, 0)
            said = 0 if late else head[0] + head[1]
            yield "close: folded row", 0, seta(st, a, ("K2r", me[1], me[2], head[2], said, 1, rest))
        elif pc == "K2r" and me[5] < len(st[C]):
            c = row(st, me[5])
            yield "close: row %d" % me[5], 0, seta(st, a, (*me[:4], me[4] + c[0] + c[1], me[5] + 1, rest))
        elif pc == "K2r":
            head = row(st, 0)
            said = me[4] + (head[0] + head[1] if late else 0)
            if s.reader == "numbers" and head[2] != me[3]:
                yield "close: a fold came in between", 0, seta(st, a, ("K2", me[1], me[2], rest))
            else:
                yield "close: mark", 0, seta(st, a, ("K3", me[1], me[2], said, rest))
        else:
            yield from super().closer(st, a, me, after)

    def bad(s, st):
        if any(me[0] == "back" for me in st[ACTORS]):
            return "I7 progress went back"
        return super().bad(st)

    def goal(s, st):
        if any(me[0] == "f1" for me in st[ACTORS]):
            return False
        served = tuple(me for a, me in enumerate(st[ACTORS]) if s.kind[a] not in "fp")
        return super().goal(put(st, ACTORS, served))


def row(st, inc):
    """A counter row; a process that took the place of a crashed one begins with a short one."""
    c = st[C][inc]
    return c if len(c) == len(_NO_ROW) else _NO_ROW


def own_version(st, inc):
    return row(st, inc)[3]


def setrow(st, inc, c):
    return put(st, C, st[C][:inc] + (c,) + st[C][inc + 1 :])
