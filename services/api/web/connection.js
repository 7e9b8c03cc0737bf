/** Whether the server is reached: told in one place, whatever asks. */

import { clock } from "./format.js";
import { Unreachable } from "./api.js";

export const RETRY_MS = 3000;
const SHOWN_MS = 4000;
let isDown = false;
let lastAnswer = null;

export function reached() {
  lastAnswer = Date.now();
  if (!isDown) return;
  isDown = false;
  tell("up", "Connected again.");
  setTimeout(() => !isDown && tell("", ""), SHOWN_MS);
}

export function lost(error) {
  if (isDown) return;
  isDown = true;
  const since = lastAnswer ? ` Shown is the state of ${clock(lastAnswer)}.` : "";
  tell("down", `Connection lost: ${error.message}${since} Trying again every few seconds.`);
}

function tell(state, text) {
  const place = document.getElementById("connection");
  place.dataset.state = state;
  place.textContent = text;
}

/** Ask until there is an answer. Problems go through; a lost connection is shown and waited out. */
export async function patiently(ask, signal) {
  for (;;) {
    try {
      const answer = await ask();
      reached();
      return answer;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      lost(error);
      await pause(RETRY_MS, signal);
    }
  }
}

/** Wait, but not longer than until the network is back or the page is looked at again. */
export function pause(ms, signal, wake = new EventTarget()) {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const end = (settle, value) => () => {
      clearTimeout(timer);
      over.abort();
      settle(value);
    };
    const timer = setTimeout(end(resolve), ms);
    const { signal: until } = over;
    const looked = () => document.visibilityState === "visible" && end(resolve)();
    addEventListener("online", end(resolve), { signal: until });
    document.addEventListener("visibilitychange", looked, { signal: until });
    wake.addEventListener("wake", end(resolve), { signal: until });
    if (signal?.aborted) end(reject, signal.reason)();
    else signal?.addEventListener("abort", () => end(reject, signal.reason)(), { signal: until });
  });
}
