/** How fast a job goes: files per second over the last half minute, and the time that is left. */

const WINDOW_MS = 30000;

/**
 * Give it every answer; it tells `{ perSecond, secondsLeft }`, null where there is nothing to tell yet. `since` is
 * when the first file could begin, null where that is not known: then it measures from its first look.
 */
export function pace() {
  let seen = [];
  return (counts, now, since) => {
    const ended = counts.total - counts.pending;
    if (seen.length && ended < seen.at(-1).ended) seen = []; // tried again: some are pending once more
    seen.push({ now, ended });
    while (seen.length > 2 && now - seen[0].now > WINDOW_MS) seen.shift();
    const isKnown = since === null || (seen.length > 1 && now - seen[0].now >= 2000);
    const first = isKnown ? seen[0] : { now: since, ended: 0 };
    const seconds = (now - first.now) / 1000;
    const perSecond = seconds > 0 && ended > first.ended ? (ended - first.ended) / seconds : null;
    return { perSecond, secondsLeft: perSecond ? counts.pending / perSecond : null };
  };
}
