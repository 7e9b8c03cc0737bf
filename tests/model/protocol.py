"""The protocol of the ledger and the queues as a machine of states: what each process does, one storage operation
a step, with crashes, lost replies, late first attempts and leases that lapse in between.

It is written as tersely as its first draft, because a state is one flat tuple and a million of them must fit
in memory. `explore` walks through all of its states; `scenarios` names the bounds.
"""

# Parts of a state: job row (status, retries, version), dispatch row, file rows (status, tag), counter rows, dispatch
# queue, file queue, source blobs, unchanged files, skips counted, a write still in flight, actors, budget of faults,
# open row (is there, message that looks after the job, spurious sweeps left).
J, D, F, C, DQ, FQ, B, U, G, L, A, BUD, O = range(13)
# D: slice, after, total, skipped, requeued, retried, sealed, version
NONE = -1
# In the open row: the next message that comes looks after the job.
ANY = -1


class Protocol:
    """Each argument bounds a fault, sizes the job or chooses a variant that is known to be broken."""

    def __init__(
        s,
        pages=((0, 1), (2,)),
        nd=1,
        nw=1,
        bs=2,
        grp=2,
        slice="check",
        skip="marker",
        retry="pair",
        close="jobfirst",
        crash=0,
        lost=0,
        late=0,
        exp=0,
        lst=0,
        fail=0,
        unchanged=(),
        start="submit",
        nretry=0,
        cancel=0,
        pause=0,
        sweep=0,
        watchresend=1,
        dlq=0,
        skipon=1,
        sealclose=1,
        drop409=1,
        readback="ctrfirst",
        dcrash=1,
        wcrash=1,
        retryorder="msgfirst",
        keep=1,
        addable=(),
        rdonecheck=1,
        holder=0,
        sweeps=0,
        letgo=1,
    ) -> None:
        s.__dict__.update(locals())
        del s.__dict__["s"]
        s.nf = sum(map(len, pages))
        s.npg = len(pages)
        s.page = {f: i for i, p in enumerate(pages) for f in p}

    def init(s):
        nf = s.nf
        acts = []
        s.names = []
        for i in range(s.nd):
            acts.append(("0",))
            s.names.append("D%d" % i)
        for i in range(s.nw):
            acts.append(("0", i, 0))
            s.names.append("W%d" % i)
        s.kind = ["d"] * s.nd + ["w"] * s.nw
        acts.append(("a0",) if s.start == "submit" else ("done",))
        s.names.append("API")
        s.kind.append("a")
        for i in range(s.nretry):
            acts.append(("r0",))
            s.names.append("RETRY%d" % i)
            s.kind.append("r")
        for i in range(s.cancel):
            acts.append(("c0",))
            s.names.append("CANCEL")
            s.kind.append("c")
        if s.holder:
            acts.append(("0",))
            s.names.append("SWEEP")
            s.kind.append("s")
        s.api = s.nd + s.nw
        bud = (s.crash, s.lost, s.late, s.exp, s.lst, s.fail)
        blobs = tuple(4 if f in s.addable else 1 for f in range(nf))
        un = tuple(1 if f in s.unchanged else 0 for f in range(nf))
        base = dict(J=None, D=None, F=((0, 0),) * nf, C=((0, 0, 0),) * s.nw, DQ=(), FQ=())
        if s.start == "sealed":  # all rows created, messages sent, sealed, watch message alive
            base.update(
                J=("R", 0, 1),
                D=(s.npg, -1, nf, 0, 0, 0, 1, 5),
                F=(("P", 1),) * nf,
                DQ=((0, 1, NONE),),
                FQ=tuple((f, 1, 1, NONE) for f in range(nf)),
            )
        if s.start == "onefailed":  # file 0 failed already, the others pending
            base.update(
                J=("R", 0, 1),
                D=(s.npg, -1, nf, 0, 0, 0, 1, 5),
                F=(("F", 2),) + (("P", 1),) * (nf - 1),
                C=((0, 1, 1),) + ((0, 0, 0),) * (s.nw - 1),
                DQ=((0, 1, NONE),),
                FQ=tuple((f, 1, 1, NONE) for f in range(1, nf)),
            )
            acts[s.nd] = ("0", 0, 1)
        return (
            base["J"],
            base["D"],
            base["F"],
            base["C"],
            base["DQ"],
            base["FQ"],
            blobs,
            un,
            (0,) * nf,
            None,
            tuple(acts),
            bud,
            (1 if base["J"] else 0, ANY, s.sweeps),
        )

    # ---- storage ops: exec(state, op) -> (state, result)
    def ex(s, st, op):
        k = op[0]
        if k == "insj":
            if st[J] is not None:
                return st, "409"
            return put(s.written(st, 1, ANY), J, ("R", 0, 1)), "ok"
        if k == "casj":
            _, ver, ns, nr = op
            j = st[J]
            if j is None or j[2] != ver:
                return st, "412"
            if ns in "CX":
                st = s.written(st, 0, ANY)
            elif j[0] == "C":
                st = s.written(st, 1, ANY)
            return put(st, J, (ns, nr, ver + 1)), "ok"
        if k == "look":  # writes the open row under the version read
            _, a, holder = op
            if not st[O][0] or not st[A][a][1]:
                return st, "412"
            return s.written(st, 1, holder), "ok"
        if k == "insd":
            if st[D] is not None:
                return st, "409"
            return put(st, D, (0, -1, 0, 0, 0, 0, 0, 1)), "ok"
        if k == "dtx":
            _, ver, creates, skips, nsl, naft, seal, req, rdone = op
            d = st[D]
            if d is None:
                return st, "404"
            if d[7] != ver:
                return st, "412"
            Fl = list(st[F])
            for i, f in enumerate(creates):
                if Fl[f][0] != 0:
                    return st, ("409", i)
                Fl[f] = ("P", 1)
            for f, v in req:
                if Fl[f][1] != v:
                    return st, "412"
                Fl[f] = ("P", v + 1)
            g = st[G]
            if skips:
                g = list(g)
                for f in skips:
                    g[f] += 1
                g = tuple(g)
            nd = (
                nsl if nsl is not None else d[0],
                naft if naft is not None else d[1],
                d[2] + len(creates) + len(skips),
                d[3] + len(skips),
                d[4] + len(req),
                rdone if rdone is not None else d[5],
                seal or d[6],
                ver + 1,
            )
            l = list(st)
            l[D] = nd
            l[F] = tuple(Fl)
            l[G] = g
            return tuple(l), "ok"
        if k == "wtx":
            _, inc, cv, items = op
            c = st[C][inc]
            if c[2] != cv:
                return st, "412"
            Fl = list(st[F])
            p, q = c[0], c[1]
            u = list(st[U])
            for f, tag, o in items:
                if Fl[f][1] != tag:
                    return st, "412"
                Fl[f] = (o, tag + 1)
                if o == "S":
                    p += 1
                else:
                    q += 1
            Cl = list(st[C])
            Cl[inc] = (p, q, cv + 1)
            l = list(st)
            l[F] = tuple(Fl)
            l[C] = tuple(Cl)
            return tuple(l), "ok"
        if k == "fsend":
            return put(st, FQ, tuple(sorted(st[FQ] + ((op[1], op[2], 1, NONE),)))), "ok"
        if k == "dsend" and s.holder:
            used = {m[0] for m in st[DQ]} | {st[O][1]}
            fresh = next(i for i in range(len(used) + 1) if i not in used)
            return put(st, DQ, tuple(sorted(st[DQ] + ((fresh, 1, NONE),)))), "ok"
        if k == "dsend":
            return put(st, DQ, tuple(sorted(st[DQ] + ((op[1], 1, NONE),)))), "ok"
        raise Exception(op)

    def write(s, st, a, op, cont, lab):
        """cont(state,result)->state for result ok/409/412/'amb'"""
        n, r = s.ex(st, op)
        yield (lab + (" -> %s" % (r,) if r != "ok" else ""), 0, cont(n, r))
        b = st[BUD]
        if b[1] and r == "ok":
            n2 = put(n, BUD, b[:1] + (b[1] - 1,) + b[2:])
            yield (lab + " DONE, REPLY LOST", 1, cont(n2, "amb"))
        if b[2] and st[L] is None:
            n2 = put(put(st, BUD, b[:2] + (b[2] - 1,) + b[3:]), L, op)
            yield (lab + " TIMED OUT (still in flight)", 1, cont(n2, "amb"))

    def written(s, st, there, holder):
        """The open row is written: whoever read it before holds an old version from now on."""
        acts = tuple(("O1", 0, x[2]) if x[0] == "O1" else ("S1", 0) if x[0] == "S1" else x for x in st[A])
        return put(put(st, A, acts), O, (there, holder, st[O][2]))

    def end_turn(s, st, a, n):  # the message goes to the back of the line with content n
        if s.holder:  # which is its id, and stays
            return seta(setmsg(st, DQ, a, lambda m: (m[0], 1, NONE), 1), a, ("0",))
        return seta(setmsg(st, DQ, a, lambda m: (n, 1, NONE), 1), a, ("0",))

    def succ(s, st):
        acts = st[A]
        for a in range(len(acts)):
            k = s.kind[a]
            nm = s.names[a]
            for lab, flt, n in getattr(s, "k_" + k)(st, a, acts[a]):
                yield nm + ": " + lab, flt, n
        b = st[BUD]
        if b[0]:
            for a in range(len(acts)):
                k = s.kind[a]
                me = acts[a]
                if me[0] in ("0", "done", "dead", "a0", "r0", "c0"):
                    continue
                if k == "d" and not s.dcrash:
                    continue
                if k == "w" and not s.wcrash:
                    continue
                n = put(st, BUD, (b[0] - 1,) + b[1:])
                if k == "d":
                    n = seta(setmsg(n, DQ, a, lambda m: (m[0], 1, NONE), 1), a, ("0",))
                elif k == "w":
                    n = seta(setmsg(n, FQ, a, lambda m: (m[0], m[1], 1, NONE), 0), a, ("0", len(st[C]), 0))
                    n = put(n, C, n[C] + ((0, 0, 0),))
                else:
                    n = seta(n, a, ("dead",))
                yield s.names[a] + ": CRASH", 1, n
        if b[3]:
            for q in (DQ, FQ):
                for i, m in enumerate(st[q]):
                    if m[-2] == 0:
                        n = put(st, q, tuple(sorted(st[q][:i] + (m[:-2] + (1, m[-1]),) + st[q][i + 1 :])))
                        yield (
                            "lease of %s message %s held by %s EXPIRES"
                            % ("dispatch" if q == DQ else "file", m[:-2], s.names[m[-1]]),
                            1,
                            put(n, BUD, b[:3] + (b[3] - 1,) + b[4:]),
                        )
        if b[4]:
            for f in range(s.nf):
                bl = list(st[B])
                bl[f] = 2 if bl[f] == 1 else 3  # 2: removed, 3: (unused)
                if st[B][f] == 1:
                    yield (
                        "BLOB f%d removed" % f,
                        1,
                        put(put(st, B, tuple(bl)), BUD, b[:4] + (b[4] - 1,) + b[5:]),
                    )
                if st[B][f] == 4:
                    bl[f] = 5
                    yield (
                        "BLOB f%d added" % f,
                        1,
                        put(put(st, B, tuple(bl)), BUD, b[:4] + (b[4] - 1,) + b[5:]),
                    )
        if st[L] is not None:
            n, r = s.ex(put(st, L, None), st[L])
            yield "LATE op %s executes -> %s" % (st[L], r), 0, n
        if s.sweep and not s.holder and st[J] is not None and st[J][0] == "R" and not st[DQ]:
            yield "SWEEP re-sends the dispatch message", 0, put(st, DQ, ((0, 1, NONE),))
        if s.dlq:
            for i, m in enumerate(st[DQ]):
                if m[1] == 1:
                    yield "dispatch message DEAD-LETTERED", 1, put(st, DQ, st[DQ][:i] + st[DQ][i + 1 :])

    # ---- api
    def k_a(s, st, a, me):
        if s.holder and me[0] in ("a0", "a1"):  # the job first: the sweep sends the message if we do not
            op, after = (("insj",), ("a1",)) if me[0] == "a0" else (("dsend", 0), ("done",))
            yield from s.write(
                st, a, op, lambda n, r: seta(n, a, me if r == "amb" and me[0] == "a0" else after), "submits"
            )
        elif me[0] == "a0":
            yield from s.write(
                st,
                a,
                ("dsend", 0),
                lambda n, r: seta(n, a, ("a1",)) if r == "ok" else seta(n, a, ("a0",)),
                "submit sends the dispatch message",
            )
        elif me[0] == "a1":
            yield from s.write(
                st,
                a,
                ("insj",),
                lambda n, r: seta(n, a, ("done",)) if r in ("ok", "409") else seta(n, a, ("a1",)),
                "inserts job row",
            )

    def k_r(s, st, a, me):
        j = st[J]
        if me[0] == "r0":
            if j and j[0] in "RC" and any(x[0] == "F" for x in st[F]):
                yield (
                    "POST retry reads job %s" % (j,),
                    0,
                    seta(st, a, ("r1" if s.retryorder == "msgfirst" else "r2", j[0], j[1], j[2])),
                )
        elif me[0] == "r1":
            yield from s.write(
                st,
                a,
                ("dsend", me[2] + 1 if s.retry == "pair" else 1),
                lambda n, r: (
                    (seta(n, a, ("r2",) + me[1:]) if s.retryorder == "msgfirst" else seta(n, a, ("done",)))
                    if r == "ok"
                    else seta(n, a, me)
                ),
                "retry sends dispatch message",
            )
        elif me[0] == "r2":
            nxt = ("done",) if s.retryorder == "msgfirst" else ("r1",) + me[1:]
            if s.retry == "naive" and me[1] == "R":
                yield "job runs: nothing to reopen", 0, seta(st, a, nxt)
            else:

                def cont(n, r):
                    if r == "ok":
                        return seta(n, a, nxt)
                    return seta(n, a, ("r3",) + me[1:])

                yield from s.write(
                    st,
                    a,
                    ("casj", me[3], "R", me[2] + (1 if s.retry == "pair" else 0)),
                    cont,
                    "retry CAS job -> running",
                )
        elif me[0] == "r3":  # read back
            if s.retry == "pair":
                if j is None or j[0] == "X" or j[1] > me[2]:
                    yield (
                        "reads back job %s: done" % (j,),
                        0,
                        seta(st, a, ("done",) if s.retryorder == "msgfirst" else ("r1",) + me[1:]),
                    )
                else:
                    yield "reads back job %s: again" % (j,), 0, seta(st, a, ("r2", j[0], j[1], j[2]))
            else:
                if j is None or j[0] in "XR":
                    yield (
                        "reads back job %s" % (j,),
                        0,
                        seta(st, a, ("done",) if s.retryorder == "msgfirst" else ("r1",) + me[1:]),
                    )
                else:
                    yield "reads back job %s" % (j,), 0, seta(st, a, ("r2", j[0], j[1], j[2]))

    def k_c(s, st, a, me):
        j = st[J]
        if me[0] == "c0":
            if j and j[0] == "R":
                yield "cancel reads job", 0, seta(st, a, ("c1",) + j)
        elif me[0] == "c1":
            yield from s.write(
                st,
                a,
                ("casj", me[3], "X", me[2]),
                lambda n, r: seta(n, a, ("done",) if r == "ok" else ("c2",)),
                "cancel CAS",
            )
        elif me[0] == "c2":
            if j[0] != "R":
                yield "reads back %s" % (j,), 0, seta(st, a, ("done",))
            else:
                yield "reads back", 0, seta(st, a, ("c1",) + j)

    # ---- closing check, shared
    def closer(s, st, a, me, after):
        pc = me[0]
        rest = me[-1]
        if pc == "K1":
            j = st[J]
            if j is None or j[0] != "R":
                yield "close: job is %s" % (j,), 0, after(st, rest)
            else:
                yield "close: reads job ver %d" % j[2], 0, seta(st, a, ("K2", j[1], j[2], rest))
        elif pc == "K2":
            yield (
                "close: reads counters",
                0,
                seta(st, a, ("K3", me[1], me[2], sum(c[0] + c[1] for c in st[C]), rest)),
            )
        elif pc == "K3":
            d = st[D]
            ok = d and d[6] and d[2] - d[3] - me[3] + d[4] == 0
            if s.retry == "pair" and ok and s.rdonecheck and d[5] != me[1]:
                ok = False
            if not ok:
                yield "close: not finished", 0, after(st, rest)
            elif s.close == "jobfirst":
                yield "close: nothing pending", 0, seta(st, a, ("K4", me[1], me[2], rest))
            else:
                yield "close: nothing pending", 0, seta(st, a, ("K5", rest))
        elif pc == "K5":
            j = st[J]
            if j is None or j[0] != "R":
                yield "close: job is %s" % (j,), 0, after(st, rest)
            else:
                yield "close: reads job ver %d" % j[2], 0, seta(st, a, ("K4", j[1], j[2], rest))
        elif pc == "K4":
            yield from s.write(
                st, a, ("casj", me[2], "C", me[1]), lambda n, r: after(n, rest), "close CAS -> completed"
            )

    def startclose(s, st, a, rest):
        return seta(st, a, ("K1", rest) if s.close == "jobfirst" else ("K2", 0, 0, rest))

    # ---- sweep: it may take any job for lost, but sends none while there are two messages
    def k_s(s, st, a, me):
        if me[0] == "0":
            if not st[O][0] or len(st[DQ]) > 1:
                return
            if not st[DQ]:
                yield "reads the open row; its message is gone", 0, seta(st, a, ("S1", 1))
            elif st[O][2]:
                n = put(st, O, st[O][:2] + (st[O][2] - 1,))
                yield "reads the open row; its message only waits", 1, seta(n, a, ("S1", 1))
        elif me[0] == "S1":
            holder = ANY if s.letgo else st[O][1]
            yield from s.write(
                st,
                a,
                ("look", a, holder),
                lambda x, r: seta(x, a, ("S2",) if r == "ok" else ("0",)),
                "lets the next message look after the job",
            )
        else:
            yield from s.write(st, a, ("dsend", 0), lambda x, r: seta(x, a, ("0",)), "sends a message")

    # ---- dispatcher
    def k_d(s, st, a, me):
        pc = me[0]
        if pc == "0":
            seen = set()
            for m in st[DQ]:
                if m[1] == 1 and m not in seen:
                    seen.add(m)
                    yield (
                        "receives dispatch message %s" % (m[:1],),
                        0,
                        seta(swap(st, DQ, m, (m[0], 0, a)), a, ("O0" if s.holder else "J", m[0])),
                    )
        elif pc == "O0":
            if not st[O][0] or st[O][1] not in (ANY, me[1]):
                yield "open row %s: drops message" % (st[O],), 0, seta(delmsg(st, DQ, a), a, ("0",))
            else:
                yield "open row %s: is ours" % (st[O],), 0, seta(st, a, ("O1", 1, me[1]))
        elif pc == "O1":

            def looked(x, r):
                if r == "ok":
                    return seta(x, a, ("J", me[2]))
                return seta(x, a, ("O0", me[2])) if r == "412" else s.end_turn(x, a, me[2])

            yield from s.write(st, a, ("look", a, me[2]), looked, "writes its message into the open row")
        elif pc == "J":
            n = me[1]
            j = st[J]
            early = j is None or (s.retry == "pair" and s.keep and not s.holder and j[1] < n)
            if early:
                done = not any(x[0] in ("a1", "r1", "r2", "r3") for x in st[A][s.api :])
                if done or s.pause:
                    yield "no row yet, message old: drops it", 0, seta(delmsg(st, DQ, a), a, ("0",))
                if not done:
                    yield "no row yet: steps back", 0, s.end_turn(st, a, n)
            elif j[0] != "R":
                yield "job %s: drops message" % (j,), 0, seta(delmsg(st, DQ, a), a, ("0",))
            else:
                yield "reads job %s" % (j,), 0, seta(st, a, ("D", n, j[1]))
        elif pc == "D":
            n = me[1]
            d = st[D]
            if d is None:
                yield from s.write(st, a, ("insd",), lambda x, r: x, "inserts d")
            elif s.retry == "pair" and me[2] > d[5]:
                yield "reads d, retry asked", 0, seta(st, a, ("R", n, d[7], me[2]))
            elif s.retry == "naive" and n == 1:
                yield "reads d, retry action", 0, seta(st, a, ("R", n, d[7], 0))
            elif not d[6]:
                sl, aft = d[0], d[1]
                names = [f for f in s.pages[sl] if st[B][f] in (1, 5)]

                def un(f):
                    return st[U][f] or (s.skipon and st[F][f][0] == "S")

                if s.skip == "marker":
                    cr = tuple(f for f in names if not un(f))
                    sk = tuple(f for f in names if un(f))
                    yield (
                        "reads d %s, lists page %d: new %s unchanged %s" % (d, sl, cr, sk),
                        0,
                        seta(st, a, ("X", n, sl, d[7], cr, sk, ())),
                    )
                else:
                    todo = tuple((f, un(f)) for f in names if f > aft)
                    old = tuple((f, None) for f in names if f <= aft)
                    yield (
                        "reads d %s, lists page %d: %s, sent before %s" % (d, sl, todo, old),
                        0,
                        seta(st, a, ("X", n, sl, d[7], todo, (), old)),
                    )
            else:
                yield "reads d, sealed: watch", 0, seta(st, a, ("T", 0))
        elif pc == "X":
            _, n, sl, dv, todo, sk, send = me
            if todo:
                if s.skip == "marker":
                    bt = todo[: s.bs]
                    op = ("dtx", dv, bt, (), None, None, 0, (), None)

                    def cont(x, r):
                        if r == "ok":
                            return seta(
                                x, a, ("X", n, sl, dv + 1, todo[s.bs :], sk, send + tuple((f, 1) for f in bt))
                            )
                        if isinstance(r, tuple):
                            f = bt[r[1]]
                            return seta(
                                x,
                                a,
                                ("X", n, sl, dv, tuple(t for t in todo if t != f), sk, send + ((f, None),)),
                            )
                        if s.slice == "abandon" or r == "404":
                            return s.end_turn(x, a, n)
                        return seta(x, a, ("Y", n, sl, todo, sk, send))
                else:
                    bt = todo[: s.bs]
                    cr = tuple(f for f, u in bt if not u)
                    op = ("dtx", dv, cr, tuple(f for f, u in bt if u), None, bt[-1][0], 0, (), None)

                    def cont(x, r):
                        if r == "ok":
                            return seta(
                                x, a, ("X", n, sl, dv + 1, todo[s.bs :], sk, send + tuple((f, 1) for f in cr))
                            )
                        if s.slice == "abandon" or r == "404" or isinstance(r, tuple):
                            return s.end_turn(x, a, n)
                        return seta(x, a, ("Y", n, sl, todo, sk, send))

                yield from s.write(st, a, op, cont, "row transaction %s" % (op[1:6],))
            elif send:
                f, tag = send[0]
                nx = ("X", n, sl, dv, todo, sk, send[1:])
                if tag is None:
                    if st[F][f][0] != "P":
                        yield "f%d is not pending: not sent" % f, 0, seta(st, a, nx)
                        return
                    tag = st[F][f][1]
                yield from s.write(
                    st,
                    a,
                    ("fsend", f, tag),
                    lambda x, r: seta(x, a, nx if r == "ok" else me),
                    "sends f%d tag %d" % (f, tag),
                )
            else:
                seal = 1 if sl + 1 == s.npg else 0
                op = ("dtx", dv, (), sk, sl + 1, -1, seal, (), None)

                def cont(x, r):
                    if r == "ok":
                        return s.startclose(x, a, 0) if seal and s.sealclose else s.end_turn(x, a, n)
                    if s.slice == "abandon" or r == "404":
                        return s.end_turn(x, a, n)
                    return seta(x, a, ("Y", n, sl, (), sk, ()))

                yield from s.write(
                    st, a, op, cont, "marker commit slice %d skipped+%d seal %d" % (sl + 1, len(sk), seal)
                )
        elif pc == "Y":
            _, n, sl, todo, sk, send = me
            d = st[D]
            if s.slice == "check" and d[0] != sl:
                yield "reads d back: slice done by another", 0, s.end_turn(st, a, n)
            elif s.skip == "after":  # position moved: go on behind it
                t2 = tuple(t for t in todo if t[0] > d[1])
                snd = send + tuple((f, None) for f, u in todo if f <= d[1])
                yield "reads d back %s" % (d,), 0, seta(st, a, ("X", n, sl, d[7], t2, sk, snd))
            else:
                yield "reads d back %s, goes on" % (d,), 0, seta(st, a, ("X", n, sl, d[7], todo, sk, send))
        elif pc == "R":
            _, n, dv, tg = me
            rows = tuple((f, v) for f, (x, v) in enumerate(st[F]) if x == "F")
            last = len(rows) <= s.bs
            rows = rows[: s.bs]
            if s.retry == "naive" and not rows:
                yield "retry: none failed", 0, s.end_turn(st, a, 0)
                return
            op = (
                "dtx",
                dv,
                (),
                (),
                None,
                None,
                0,
                rows,
                (tg if last else None) if s.retry == "pair" else None,
            )

            def cont(x, r):
                if r == "ok":
                    return seta(x, a, ("Q", 0 if last else n, tuple((f, v + 1) for f, v in rows)))
                return seta(x, a, ("J", n))

            yield from s.write(st, a, op, cont, "retry transaction %s rdone=%s" % (rows, op[-1]))
        elif pc in ("Q", "V"):
            _, n, send = me
            if not send:
                if pc == "V":
                    yield "turn goes to the closing check", 0, s.startclose(st, a, n)
                else:
                    yield "end of turn", 0, s.end_turn(st, a, n)
            else:
                f, tag = send[0]
                yield from s.write(
                    st,
                    a,
                    ("fsend", f, tag),
                    lambda x, r: seta(x, a, (pc, n, send[1:]) if r == "ok" else me),
                    "sends f%d tag %d" % (f, tag),
                )
        elif pc == "T":
            if not st[FQ] and s.watchresend:
                yield "watch: file queue empty", 0, seta(st, a, ("T2", me[1]))
            else:
                yield "watch: queue not empty", 0, s.startclose(st, a, me[1])
        elif pc == "T2":
            yield (
                "watch: reads pending rows",
                0,
                seta(st, a, ("V", me[1], tuple((f, v) for f, (x, v) in enumerate(st[F]) if x == "P"))),
            )
        else:
            yield from s.closer(st, a, me, lambda x, rest: s.end_turn(x, a, rest))

    # ---- worker: ('0',inc,cver) ('H',inc,cver,((f,tag,out)..))
    def k_w(s, st, a, me):
        pc = me[0]
        if pc in ("0", "H"):
            held = me[3] if pc == "H" else ()
            if len(held) < s.grp:
                seen = set()
                for m in st[FQ]:
                    if m[2] == 1 and m not in seen and not (any(h[0] == m[0] for h in held)):
                        seen.add(m)
                        n = swap(st, FQ, m, (m[0], m[1], 0, a))
                        j = st[J]
                        yield (
                            "receives f%d tag %d, will succeed" % m[:2],
                            0,
                            seta(n, a, ("H", me[1], me[2], held + ((m[0], m[1], "S"),))),
                        )
                        if st[BUD][5]:
                            b = st[BUD]
                            yield (
                                "receives f%d tag %d, will fail" % m[:2],
                                2,
                                put(
                                    seta(n, a, ("H", me[1], me[2], held + ((m[0], m[1], "F"),))),
                                    BUD,
                                    b[:5] + (b[5] - 1,),
                                ),
                            )
                        if j is None or j[0] == "X":
                            yield "job cancelled: drops f%d" % m[0], 0, remv(st, FQ, m)
            if held:
                yield from s.write(
                    st,
                    a,
                    ("wtx", me[1], me[2], held),
                    lambda x, r: seta(
                        x, a, ("E", me[1], me[2] + 1, held) if r == "ok" else ("B1", me[1], me[2], held)
                    ),
                    "commit %s counter ver %d" % (held, me[2]),
                )
        elif pc == "B1":
            c = st[C][me[1]]
            if s.readback == "ctrfirst":
                if c[2] == me[2] + 1:
                    yield "reads back own counter: committed", 0, seta(st, a, ("E", me[1], c[2], me[3]))
                elif c[2] != me[2]:
                    yield (
                        "reads back own counter: moved on by an earlier attempt",
                        0,
                        seta(st, a, ("B2", me[1], c[2], me[3], ())),
                    )
                else:
                    yield (
                        "reads back own counter: not committed",
                        0,
                        seta(st, a, ("B2", me[1], c[2], me[3], ())),
                    )
            else:  # rows decide; a pending row of another tag is taken over: the naive reading
                yield "reads back counter ver only", 0, seta(st, a, ("B2", me[1], c[2], me[3], ()))
        elif pc == "B2":
            keep = tuple(
                h if s.readback == "ctrfirst" else (h[0], st[F][h[0]][1], h[2])
                for h in me[3]
                if (st[F][h[0]][1] == h[1] if s.readback == "ctrfirst" else st[F][h[0]][0] == "P")
            )
            gone = tuple(h for h in me[3] if not any(k[0] == h[0] for k in keep))
            yield "reads back rows: keep %s" % (keep,), 0, seta(st, a, ("E", me[1], me[2], gone, keep))
        elif pc == "E":
            items = me[3]
            keep = me[4] if len(me) > 4 else ()
            if items:
                f = items[0][0]
                n = setmsg(st, FQ, a, lambda m: None, 0, f)
                yield "deletes message f%d" % f, 0, seta(n, a, ("E", me[1], me[2], items[1:], keep))
            elif keep:
                yield "goes on", 0, seta(st, a, ("H", me[1], me[2], keep))
            else:
                yield "closing check left out (rate)", 0, seta(st, a, ("0", me[1], me[2]))
                yield "looks whether the job is finished", 0, s.startclose(st, a, (me[1], me[2]))
        else:
            yield from s.closer(st, a, me, lambda x, rest: seta(x, a, ("0",) + rest))

    # ---- properties
    def bad(s, st):
        j, d, F_, g = st[J], st[D], st[F], st[G]
        if s.holder and len(st[DQ]) > 2 + s.nretry + (s.start == "submit"):
            return "I6 %d dispatch messages" % len(st[DQ])
        if s.holder and j and (j[0] == "R") != st[O][0]:
            return "I7 job %s has an open row, or lacks it" % (j,)
        if j and j[0] == "C":
            if any(x[0] == "P" for x in F_):
                return "I3 job closed while a file row is pending"
            if not d or not d[6]:
                return "I3 closed unsealed"
            for f in range(s.nf):
                if st[B][f] == 1 and F_[f][0] not in ("S", "F") and g[f] != 1:
                    return "I1 closed, listed f%d has no end" % f
        nS = sum(x[0] == "S" for x in F_)
        nF = sum(x[0] == "F" for x in F_)
        rows = sum(x[0] != 0 for x in F_)
        if sum(c[0] for c in st[C]) != nS:
            return "I2 processed counter != rows"
        if sum(c[1] for c in st[C]) - (d[4] if d else 0) != nF:
            return "I2 failed counter != rows"
        if d and d[2] != rows + d[3]:
            return "I2 total != rows+skipped"
        for f in range(s.nf):
            if g[f] + (F_[f][0] != 0) > 1:
                return "I5 f%d counted %d times as skipped and %d as a row" % (f, g[f], F_[f][0] != 0)
        return None

    def goal(s, st):
        j = st[J]
        if j is None:
            return st[A][s.api][0] in ("dead",)
        return j[0] in "CX" and all(x[0] in ("done", "dead", "r0", "c0", "a0", "0") for x in st[A][s.api :])


def put(st, i, v):
    return st[:i] + (v,) + st[i + 1 :]


def seta(st, a, v):
    A_ = st[A]
    return put(st, A, A_[:a] + (v,) + A_[a + 1 :])


def swap(st, q, m, m2):
    l = list(st[q])
    l.remove(m)
    l.append(m2)
    l.sort()
    return put(st, q, tuple(l))


def remv(st, q, m):
    l = list(st[q])
    l.remove(m)
    return put(st, q, tuple(l))


def setmsg(st, q, a, fn, one, f=None):
    l = []
    hit = False
    for m in st[q]:
        if m[-1] == a and (f is None or m[0] == f) and not (one and hit):
            hit = True
            m = fn(m)
            if m is None:
                continue
        l.append(m)
    if not hit:
        return st
    l.sort()
    return put(st, q, tuple(l))


def delmsg(st, q, a):
    return setmsg(st, q, a, lambda m: None, 1)
