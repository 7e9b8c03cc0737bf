/** The files of a job: by status, with the reasons of failures, and what can be done with each. */

import { body, call, filePath, nextOf } from "./api.js";
import { patiently } from "./connection.js";
import { h, keyed, newId, say, show } from "./dom.js";
import { save } from "./download.js";
import { bytes, count, language, number, status as statusWord } from "./format.js";
import { errorNote } from "./notes.js";
import { badge, fillBadge } from "./progress.js";
import { targetName } from "./targets.js";

const TABS = {
  failed: "failed_files",
  succeeded: "processed_files",
  skipped: "skipped_files",
  cancelled: "cancelled_files",
  pending: "pending_files",
  all: "total_files",
};
/** Beside the statuses, and only where there are any: files whose codes the engine lost. */
const REPAIRS = "repairs";
const PAGE = 50;

export function filesPanel(url, signal, retry) {
  const state = {
    job: null,
    status: null,
    isChosen: false,
    folder: "",
    items: [],
    next: null,
    shown: "",
    asked: 0,
  };
  const list = h("ul", { class: "rows files" });
  const told = h("p", { class: "meta", role: "status" });
  const fault = h("div", {});
  const more = h("button", { type: "button", hidden: true, onclick: () => load(true) }, "Show more");
  const tabs = [...Object.keys(TABS), REPAIRS].map((status) => tab(status, () => choose({ status, isChosen: true })));
  const folder = folderField((text) => choose({ folder: text, isChosen: true }));
  const csv = h(
    "button",
    { type: "button", class: "quiet", onclick: () => guarded(saveCsv) },
    "Download list (CSV)",
  );

  const saveCsv = () => save(`${url}/files?format=csv`, `${state.job.job_id}.csv`, signal);
  const fill = (item, file) => fillRow(item, file, state.job);
  const create = () => row(state, { retry, guarded, signal });

  async function guarded(work) {
    fault.replaceChildren();
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) fault.replaceChildren(errorNote(error));
    }
  }

  function choose(change) {
    Object.assign(state, change);
    drawTabs();
    guarded(() => load(false));
  }

  async function load(further) {
    const asked = ++state.asked;
    const search = new URLSearchParams({ limit: PAGE, folder: state.folder });
    if (state.status === REPAIRS) search.set("repairs", "true");
    else if (state.status !== "all") search.set("status", state.status);
    const address = further ? state.next : `${url}/files?${search}`;
    const response = await patiently(() => call(address, { signal }), signal);
    const page = await body(response);
    if (asked !== state.asked) return; // another choice was made meanwhile
    state.items = further ? [...state.items, ...page] : page;
    state.next = nextOf(response.headers.get("Link"));
    draw();
  }

  function draw() {
    keyed(list, state.items, (file) => file.id, create, fill);
    show(more, state.next !== null);
    const none = state.next ? "None here yet: show more to look further." : noneInWords(state);
    say(told, state.items.length ? "" : none);
  }

  function drawTabs() {
    tabs.forEach((element) => {
      const kind = element.dataset.status;
      element.setAttribute("aria-pressed", String(kind === state.status));
      say(element.lastChild, kind === REPAIRS ? "" : number(state.job[TABS[kind]]));
      show(element, kind !== REPAIRS || state.job.repairs > 0);
    });
  }

  function update(job) {
    state.job = job;
    if (!state.isChosen) state.status = job.failed_files ? "failed" : "all";
    drawTabs();
    // Only what is on the first page follows by itself: what a person opened further stays as it is.
    const figures = [job.status, job.repairs, ...Object.values(TABS).map((name) => job[name])].join();
    if (figures === state.shown) return;
    state.shown = figures;
    if (state.items.length <= PAGE) guarded(() => load(false));
    else draw();
  }

  const name = newId("files");
  const element = h(
    "section",
    { class: "card files-card", "aria-labelledby": name },
    h(
      "div",
      { class: "title-line" },
      h("h2", { id: name }, "Files"),
      h("div", { class: "actions" }, folder, csv),
    ),
    h("div", { class: "tabs", role: "group", "aria-label": "Show files by status" }, ...tabs),
    fault,
    told,
    list,
    more,
  );
  return { element, update };
}

function tab(status, onclick) {
  const text = { all: "All", [REPAIRS]: "Worth a look" }[status] ?? statusWord(status);
  return h(
    "button",
    { type: "button", class: "tab", "data-status": status, "aria-pressed": "false", onclick },
    `${text} `,
    h("span", { class: "figure" }),
  );
}

function folderField(choose) {
  let timer = 0;
  const typed = (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => choose(event.target.value), 300);
  };
  const input = h("input", {
    type: "search",
    placeholder: "Name begins with…",
    "aria-label": "Name begins with",
    oninput: typed,
    maxlength: 512,
    spellcheck: "false",
  });
  return input;
}

function noneInWords({ status, folder }) {
  const within = folder ? ` whose name begins with ${folder}` : "";
  if (status === REPAIRS) return `No files${within} are worth a look.`;
  return status === "all"
    ? `No files${within} yet.`
    : `No ${statusWord(status).toLowerCase()} files${within}.`;
}

function row(state, { retry, guarded, signal }) {
  const item = h("li", { class: "file-row" });
  const button = (text, onclick) =>
    h("button", { type: "button", class: "quiet", hidden: true, onclick }, text);
  const get = (container, name) => guarded(() => save(filePath(container, name), name, signal));
  item.compare = h("a", { class: "button quiet", hidden: true }, "Compare");
  item.source = button("Source", () => get(state.job.source_container, item.file.name));
  item.target = button("Translation", () =>
    get(state.job.target_container, targetName(state.job, item.file)),
  );
  item.retry = button("Retry", () => retry(item.file));
  item.append(
    badge(),
    h(
      "div",
      { class: "file-text" },
      h("p", { class: "file-name" }),
      h("p", { class: "meta" }),
      h("p", { class: "reason", hidden: true }, h("code", {}), h("span", {})),
    ),
    h("div", { class: "file-actions" }, item.retry, item.compare, item.source, item.target),
  );
  return item;
}

function fillRow(item, file, job) {
  item.file = file;
  fillBadge(item.querySelector(".badge"), file.status);
  say(item.querySelector(".file-name"), file.name);
  say(item.querySelector(".meta"), meta(file, job));
  const reason = item.querySelector(".reason");
  show(reason, Boolean(file.error_code || file.error));
  reason.dataset.status = file.status;
  say(reason.firstChild, file.error_code ?? "");
  say(reason.lastChild, file.error ? ` ${file.error}` : "");
  const hasTarget = file.status === "succeeded" || file.error_code === "unchanged";
  show(item.source, true);
  show(item.target, hasTarget || file.error_code === "copied");
  show(item.compare, hasTarget);
  show(item.retry, file.status === "failed" && job.completed_at !== null);
  item.compare.href = `#/jobs/${encodeURIComponent(job.job_id)}/compare/${encodeURIComponent(file.id)}`;
  for (const [control, text] of [
    [item.source, "Download the source of"],
    [item.target, "Download the translation of"],
    [item.retry, "Retry"],
    [item.compare, "Compare source and translation of"],
  ]) {
    control.setAttribute("aria-label", `${text} ${file.name}`);
  }
}

function meta(file, job) {
  return [
    job.target_languages.length > 1 && language(file.language),
    file.size !== null && file.size !== undefined && bytes(file.size),
    file.characters > 0 && count(file.characters, "character"),
    file.milliseconds > 0 && `${(file.milliseconds / 1000).toFixed(1)} s`,
    file.attempts > 1 && count(file.attempts, "attempt"),
    file.detected_language && `detected ${language(file.detected_language)}`,
    file.repairs > 0 && `${count(file.repairs, "repair")}: worth a look`,
  ]
    .filter(Boolean)
    .join(" · ");
}
