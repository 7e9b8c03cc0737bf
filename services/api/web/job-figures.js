/** The bar of a job, its counts, its pace, and the same for each language. */

import { serverNow } from "./api.js";
import { h, keyed, say, show } from "./dom.js";
import { compact, duration, languageWithTag, number } from "./format.js";
import { pace } from "./pace.js";
import { KINDS, bar, countsOf, languageCounts } from "./progress.js";

const NAMES = {
  succeeded: "Translated",
  failed: "Failed",
  skipped: "Skipped",
  cancelled: "Cancelled",
  pending: "Pending",
};

export function jobFigures() {
  const whole = bar("Progress of the job");
  const measure = pace();
  const percent = h("strong", { class: "percent" });
  const sum = h("span", { class: "sum" });
  const speed = h("span", { class: "speed" });
  const counts = KINDS.map((kind) => h("dd", { class: "figure" }));
  const legend = h(
    "dl",
    { class: "legend" },
    ...KINDS.map((kind, place) =>
      h("div", {}, h("dt", {}, h("span", { class: `dot ${kind}` }), NAMES[kind]), counts[place]),
    ),
  );
  const languages = languageBars();
  const update = (job) => {
    const now = countsOf(job);
    const isOpen = job.completed_at === null;
    whole.update(now, !isOpen);
    say(percent, `${Math.floor(job.progress * 100)}%`);
    say(sum, total(job));
    const known = measure(now, serverNow(), Date.parse(job.retries ? job.updated_at : job.created_at));
    say(speed, isOpen ? paceInWords(known) : `took ${duration(seconds(job))}`);
    legend.classList.toggle("troubled", now.failed > 0);
    KINDS.forEach((kind, place) => say(counts[place], number(now[kind])));
    languages.update(job);
  };
  const line = h("div", { class: "figures-line" }, percent, sum, speed);
  return {
    element: h("div", { class: "card figures-card" }, line, whole.element, legend, languages.element),
    update,
  };
}

function total(job) {
  const ended = job.total_files - job.pending_files;
  const isWhole = job.listing_complete || job.completed_at;
  return `${number(ended)} of ${isWhole ? "" : "at least "}${number(job.total_files)} files`;
}

const seconds = (job) => (Date.parse(job.completed_at) - Date.parse(job.created_at)) / 1000;

function paceInWords({ perSecond, secondsLeft }) {
  if (perSecond === null) return "– files/s";
  const digits = perSecond < 10 ? perSecond.toFixed(1) : compact(Math.round(perSecond));
  return `${digits} files/s · about ${duration(secondsLeft)} left`;
}

function languageBars() {
  const list = h("ul", { class: "languages", "aria-label": "By language", hidden: true });
  const create = ([tag]) => {
    const part = bar(`Progress of ${languageWithTag(tag)}`);
    const item = h(
      "li",
      {},
      h("span", { class: "language-name" }, languageWithTag(tag)),
      part.element,
      h("span", { class: "meta" }),
    );
    item.widget = part;
    return item;
  };
  const fill = (item, [, part]) => {
    const now = languageCounts(part);
    item.widget.update(now);
    const failed = part.failed ? ` · ${number(part.failed)} failed` : "";
    say(
      item.querySelector(".meta"),
      `${compact(part.total - part.pending)} of ${compact(part.total)}${failed}`,
    );
  };
  const update = (job) => {
    const parts = Object.entries(job.files_by_language);
    show(list, parts.length > 1);
    if (parts.length > 1) keyed(list, parts, ([tag]) => tag, create, fill);
  };
  return { element: list, update };
}
