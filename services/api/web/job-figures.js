/** The bar of a job, its counts, its pace, and the same for each language. */

import { serverNow } from "./api.js";
import { h, keyed, say, show } from "./dom.js";
import { compact, duration, languageWithTag, number } from "./format.js";
import { pace } from "./pace.js";
import { KINDS, bar, countsOf, languageCounts, percentOf, phaseOf } from "./progress.js";

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
    const phase = phaseOf(job);
    whole.update(now, phase);
    const share = percentOf(now, phase);
    show(percent, share !== null);
    say(percent, share === null ? "" : `${share}%`);
    say(sum, total(now, phase));
    // What had ended before a retry says nothing about how fast it goes now.
    const known = measure(now, serverNow(), job.retries ? null : Date.parse(job.created_at));
    say(speed, phase === "ended" ? taken(job) : paceInWords(known, phase === "running" && now.pending > 0));
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

function total(counts, phase) {
  const ended = number(counts.total - counts.pending);
  const files = `${number(counts.total)} files`;
  return phase === "listing" ? `${ended} of at least ${files} so far` : `${ended} of ${files}`;
}

/** Nothing for a retried job: it may have lain ended for days in between. */
function taken(job) {
  if (job.retries) return "";
  return `took ${duration((Date.parse(job.completed_at) - Date.parse(job.created_at)) / 1000)}`;
}

function paceInWords({ perSecond, secondsLeft }, hasEndInSight) {
  if (perSecond === null) return "– files/s";
  const digits = perSecond < 10 ? perSecond.toFixed(1) : compact(Math.round(perSecond));
  const left = hasEndInSight ? ` · about ${duration(Math.max(1, secondsLeft))} left` : "";
  return `${digits} files/s${left}`;
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
  const fill = (item, [, part, phase]) => {
    const now = languageCounts(part);
    item.widget.update(now, phase === "running" && now.pending === 0 ? "ended" : phase);
    const failed = part.failed ? ` · ${number(part.failed)} failed` : "";
    const whole = compact(part.total) + (phase === "listing" ? "+" : "");
    say(item.querySelector(".meta"), `${compact(part.total - part.pending)} of ${whole}${failed}`);
  };
  const update = (job) => {
    const parts = Object.entries(job.files_by_language).map((entry) => [...entry, phaseOf(job)]);
    show(list, parts.length > 1);
    if (parts.length > 1) keyed(list, parts, ([tag]) => tag, create, fill);
  };
  return { element: list, update };
}
