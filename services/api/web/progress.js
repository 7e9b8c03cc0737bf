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

/** "listing" while nobody knows yet how many files there will be, then "running" and "ended". */
export function phaseOf(job) {
  if (job.completed_at !== null) return "ended";
  return job.listing_complete ? "running" : "listing";
}

/**
 * The ended part of the files in per cent, rounded down and never 100 for what still runs; null while files are
 * listed: what is added to the whole would make it go backwards.
 */
export function percentOf(counts, phase) {
  if (phase === "listing") return null;
  if (phase === "ended") return 100;
  const ended = counts.total - counts.pending;
  return counts.total ? Math.min(99, Math.floor((100 * ended) / counts.total)) : 0;
}

export function bar(label) {
  const parts = KINDS.map((kind) => h("span", { class: `part ${kind}` }));
  const element = h(
    "div",
    { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
    ...parts,
  );
  return { element, update: (counts, phase) => update(element, parts, counts, phase) };
}

function update(element, parts, counts, phase) {
  const percent = percentOf(counts, phase);
  // Without a value it is a bar of which nobody knows how far it will go.
  if (percent === null) element.removeAttribute("aria-valuenow");
  else element.setAttribute("aria-valuenow", percent);
  element.setAttribute("aria-valuetext", inWords(counts, percent === null));
  element.classList.toggle("listing", percent === null && counts.total > 0);
  // A job with failures is never shown in the colour of success.
  element.classList.toggle("troubled", counts.failed > 0);
  KINDS.forEach((kind, place) => {
    parts[place].style.flexGrow = counts[kind];
    parts[place].classList.toggle("some", counts[kind] > 0);
  });
}

function inWords(counts, isListing) {
  const ended = counts.total - counts.pending;
  const files = `${number(counts.total)} files ended`;
  const whole = isListing ? `at least ${files} so far` : files;
  const told = ["failed", "skipped", "cancelled"].filter((kind) => counts[kind] > 0);
  const rest = told.map((kind) => `, ${number(counts[kind])} ${kind}`).join("");
  return `${number(ended)} of ${whole}: ${number(counts.succeeded)} translated${rest}`;
}

export function badge() {
  return h("span", { class: "badge" });
}

export function fillBadge(element, status) {
  element.dataset.status = status;
  say(element, statusWord(status));
}
