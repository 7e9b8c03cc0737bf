/** A resource followed until it has ended: asked for every three seconds, told only when it changed. */

import { body, call, nextOf } from "./api.js";
import { patiently, pause } from "./connection.js";

export const POLL_MS = 3000;
const HIDDEN_MS = 30000;

/**
 * `onData(data, next)` gets each answer (the same one again after a 304), `next` being the path of the next page
 * of a list. `wait(data)` tells after how many milliseconds to ask again, null for never. `onEnd(error)` hears of
 * what ends it. `now()` asks at once, also after the end.
 */
export function follow(url, { signal, onData, wait, onEnd }) {
  const wake = new EventTarget();
  let running = false;
  const known = { tag: null, data: null, next: null };

  async function run() {
    running = true;
    try {
      for (;;) {
        await patiently(() => look(url, known, signal), signal);
        onData(known.data, known.next);
        const ms = wait(known.data);
        if (ms === null) return;
        await pause(ms, signal, wake);
        await untilSeen(signal);
      }
    } catch (error) {
      if (!signal.aborted) onEnd(error);
    } finally {
      running = false;
    }
  }

  run();
  return { now: () => (running ? wake.dispatchEvent(new Event("wake")) : run()) };
}

async function look(url, known, signal) {
  const response = await call(url, { signal, tag: known.tag });
  if (response.status === 304) return;
  known.data = await body(response);
  known.next = nextOf(response.headers.get("Link"));
  known.tag = response.headers.get("ETag");
}

/** Nobody looks at a hidden page but at its title: it asks seldom, and at once when it is seen again. */
async function untilSeen(signal) {
  if (document.visibilityState === "hidden") await pause(HIDDEN_MS, signal);
}
