/** All jobs, newest first. */

import { path, serverNow } from "../api.js";
import { h, keyed, say } from "../dom.js";
import { POLL_MS, follow } from "../follow.js";
import {
  JOB_STATUSES,
  ago,
  compact,
  language,
  moment,
  number,
  status as statusWord,
  title,
} from "../format.js";
import { empty, errorNote } from "../notes.js";
import { badge, bar, countsOf, fillBadge, phaseOf } from "../progress.js";

/** With nothing running a new job is all that can happen. */
const IDLE_MS = 15000;

export function jobs({ query, signal, setTitle }) {
  setTitle("Jobs");
  const list = h("ol", { class: "rows jobs", "aria-label": "Jobs, newest first" });
  const state = h("div", { class: "loading" });
  const pages = h("nav", { class: "pages", "aria-label": "Pages", hidden: true });
  let turn = new AbortController();

  function load(status, cursor) {
    turn.abort(new DOMException("another list was asked for", "AbortError"));
    turn = new AbortController();
    if (!list.children.length) say(state, "Loading jobs…");
    const search = new URLSearchParams({ limit: 20, ...(status && { status }), ...(cursor && { cursor }) });
    follow(`${path("batch", "jobs")}?${search}`, {
      signal: AbortSignal.any([signal, turn.signal]),
      onData: (page, next) => {
        state.replaceChildren(...(page.length ? [] : [nothing(status, cursor, next)]));
        list.hidden = page.length === 0;
        keyed(list, page, (job) => job.job_id, row, updateRow);
        updatePages(pages, status, cursor, next);
      },
      wait: (page) => (page.every((job) => job.completed_at) ? IDLE_MS : POLL_MS),
      onEnd: (error) => state.replaceChildren(errorNote(error, () => load(status, cursor))),
    });
  }

  // The same screen goes on: who chooses with the keyboard stays where they are.
  const choose = (status) => {
    history.pushState(null, "", status ? `#/jobs?status=${status}` : "#/jobs");
    load(status, null);
  };
  const status = query.get("status") ?? "";
  load(status, query.get("cursor"));
  const start = h("a", { class: "button primary", href: "#/new" }, "New job");
  const actions = h("div", { class: "actions" }, filter(status, choose), start);
  return h(
    "section",
    { class: "stack" },
    h("div", { class: "title-line" }, h("h1", {}, "Jobs"), actions),
    state,
    list,
    pages,
  );
}

function filter(status, choose) {
  const options = JOB_STATUSES.map((word) => h("option", { value: word }, statusWord(word)));
  const select = h(
    "select",
    { id: "status", onchange: () => choose(select.value) },
    h("option", { value: "" }, "All statuses"),
    options,
  );
  select.value = status;
  return h(
    "div",
    { class: "inline-field" },
    h("label", { class: "unseen", for: "status" }, "Status"),
    select,
  );
}

function nothing(status, cursor, next) {
  if (next) return empty("None on this page", h("p", {}, "Older jobs may match: look at the next page."));
  if (status || cursor) {
    return empty(
      status ? `No job is ${statusWord(status).toLowerCase()}` : "No older jobs",
      h("p", {}, h("a", { href: "#/jobs" }, "Show all jobs")),
    );
  }
  return empty(
    "No jobs yet",
    h("p", {}, "A job translates the documents of one container into another container."),
    h(
      "p",
      { class: "actions" },
      h("a", { class: "button primary", href: "#/new" }, "Create the first job"),
      h("a", { class: "button", href: "#/upload" }, "Upload documents"),
    ),
  );
}

function row(job) {
  const progress = bar(`Progress of ${title(job)}`);
  const item = h(
    "li",
    { class: "job-row" },
    badge(),
    h(
      "div",
      { class: "job-name" },
      h("a", { href: `#/jobs/${encodeURIComponent(job.job_id)}` }),
      h("p", { class: "meta" }),
    ),
    h("div", { class: "job-progress" }, progress.element, h("p", { class: "meta figures" })),
    h("time", { class: "meta job-time" }),
  );
  item.widget = progress;
  return item;
}

function updateRow(item, job) {
  fillBadge(item.querySelector(".badge"), job.status);
  say(item.querySelector("a"), title(job));
  const way = `${language(job.source_language)} → ${job.target_languages.map(language).join(", ")}`;
  say(
    item.querySelector(".job-name .meta"),
    job.name ? `${way} · ${job.source_container} → ${job.target_container}` : way,
  );
  item.widget.update(countsOf(job), phaseOf(job));
  say(item.querySelector(".figures"), figures(job));
  const time = item.querySelector("time");
  time.dateTime = job.created_at;
  time.title = moment(job.created_at);
  say(time, ago(job.created_at, serverNow()));
}

function figures(job) {
  const ended = job.total_files - job.pending_files;
  const total = compact(job.total_files) + (phaseOf(job) === "listing" ? "+" : "");
  const failed = job.failed_files ? ` · ${number(job.failed_files)} failed` : "";
  return `${compact(ended)} of ${total}${failed}`;
}

function updatePages(pages, status, cursor, next) {
  const address = (more) => `#/jobs?${new URLSearchParams({ ...(status && { status }), ...more })}`;
  const behind = next && new URL(next, location.origin).searchParams.get("cursor");
  pages.hidden = !cursor && !next;
  const links = [
    cursor && h("a", { class: "button", href: address({}) }, "Newest"),
    behind && h("a", { class: "button", href: address({ cursor: behind }), rel: "next" }, "Older"),
  ].filter(Boolean);
  const known = [...pages.children].map((link) => link.hash).join();
  if (known !== links.map((link) => link.hash).join()) pages.replaceChildren(...links);
}
