/** Asking before a screen is left whose work would be cut off by that. */

import { confirmed } from "./notes.js";

/** `isBusy()` tells whether to ask; `question` is a title, a text and what leaving is called. */
export function askBeforeLeaving(isBusy, question, signal) {
  const warn = (event) => isBusy() && event.preventDefault();
  const ask = async (event) => {
    const link = event.target.closest?.('a[href^="#/"]');
    const isElsewhere = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || link.hash === location.hash || isElsewhere || !isBusy()) return;
    event.preventDefault();
    if (await confirmed(...question, "Stay")) location.hash = link.hash;
  };
  addEventListener("beforeunload", warn, { signal });
  document.addEventListener("click", ask, { signal });
}
