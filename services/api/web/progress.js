/** The bar of a job: what succeeded, failed, was skipped or cancelled, and what is to come. */

import { h, say } from "./dom.js";
import { number, status as statusWord } from "./format.js";

export const KINDS = ["succeeded", "failed", "skipped", "cancelled", "pending"];

/** The five counts of a job, which sum to its total. */
export function countsOf(job) {
  return {
    succeeded: job.processed_files,
    failed: job.failed_files,
    skipped: job.skipped_files,
    cancelled: job.cancelled_files,
    pending: job.pending_files,
    total: job.total_files,
  };
}

export function languageCounts(part) {
  return { ...part, succeeded: part.processed };
}

export function bar(label) {
  const parts = KINDS.map((kind) => h("span", { class: `part ${kind}` }));
  const element = h(
    "div",
    { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
    ...parts,
  );
  return { element, update: (counts, hasEnded = false) => update(element, parts, counts, hasEnded) };
}

function update(element, parts, counts, hasEnded) {
  const ended = counts.total - counts.pending;
  const share = counts.total ? ended / counts.total : hasEnded ? 1 : 0;
  element.setAttribute("aria-valuenow", Math.floor(share * 100));
  element.setAttribute("aria-valuetext", inWords(counts, ended));
  // A job with failures is never shown in the colour of success.
  element.classList.toggle("troubled", counts.failed > 0);
  KINDS.forEach((kind, place) => {
    parts[place].style.flexGrow = counts[kind];
    parts[place].classList.toggle("some", counts[kind] > 0);
  });
}

function inWords(counts, ended) {
  const told = ["failed", "skipped", "cancelled"].filter((kind) => counts[kind] > 0);
  const rest = told.map((kind) => `, ${number(counts[kind])} ${kind}`).join("");
  return `${number(ended)} of ${number(counts.total)} files ended: ${number(counts.succeeded)} translated${rest}`;
}

export function badge() {
  return h("span", { class: "badge" });
}

export function fillBadge(element, status) {
  element.dataset.status = status;
  say(element, statusWord(status));
}
