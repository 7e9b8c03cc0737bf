/** The files of a job: by status, with the reasons of failures, and what can be done with each. */

import { body, call, nextOf } from "./api.js";
import { patiently } from "./connection.js";
import { h, keyed, newId, say, show } from "./dom.js";
import { save } from "./download.js";
import { fileRow, fillFileRow } from "./file-row.js";
import { number, status as statusWord } from "./format.js";
import { errorNote } from "./notes.js";

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
/** The server looks for names page by page: so many empty pages are passed before a person is asked. */
const EMPTY_PAGES = 20;

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
    isLooking: false,
  };
  const list = h("ul", { class: "rows files" });
  const told = h("p", { class: "meta", role: "status" });
  const fault = h("div", {});
  const more = h("button", { type: "button", hidden: true, onclick: showMore }, "Show more");
  const tabs = [...Object.keys(TABS), REPAIRS].map((status) => tab(status, () => choose({ status, isChosen: true })));
  const folder = folderField((text) => choose({ folder: text, isChosen: true }));
  const csv = h(
    "button",
    { type: "button", class: "quiet", onclick: () => guarded(saveCsv) },
    "Download list (CSV)",
  );

  const saveCsv = () => save(`${url}/files?format=csv`, `${state.job.job_id}.csv`, signal);
  const fill = (item, file) => fillFileRow(item, file, state.job);
  const create = () => fileRow(state, { retry, guarded, signal });

  async function guarded(work) {
    fault.replaceChildren();
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) fault.replaceChildren(errorNote(error, () => guarded(work)));
    }
  }

  function choose(change) {
    Object.assign(state, change);
    say(told, "");
    drawTabs();
    guarded(() => load(false));
  }

  /** Who opens more has chosen what is shown: a failure does not put another list in its place. */
  function showMore() {
    state.isChosen = true;
    say(told, "");
    guarded(() => load(true));
  }

  async function load(further) {
    const asked = ++state.asked;
    state.isLooking = true;
    try {
      const found = await firstFull(further ? state.next : firstPage(), () => asked === state.asked);
      if (asked !== state.asked) return; // another choice was made meanwhile
      state.items = further ? [...state.items, ...found.page] : found.page;
      state.next = found.next;
      draw();
      const none = state.items.length ? "No more so far" : "None so far";
      if (state.next && !found.page.length) say(told, `${none}: show more to look further.`);
    } finally {
      if (asked === state.asked) state.isLooking = false;
    }
  }

  function firstPage() {
    const search = new URLSearchParams({ limit: PAGE, folder: state.folder });
    if (state.status === REPAIRS) search.set("repairs", "true");
    else if (state.status !== "all") search.set("status", state.status);
    return `${url}/files?${search}`;
  }

  /** The next page that has files, or the last one that was looked at. */
  async function firstFull(address, isWanted) {
    let found = { page: [], next: address };
    for (let looks = 0; looks < EMPTY_PAGES && found.next && !found.page.length && isWanted(); looks++) {
      if (looks && !told.textContent) say(told, "Looking further…"); // and not again with each poll
      const { next } = found;
      found = await patiently(async () => pageOf(await call(next, { signal })), signal);
    }
    return found;
  }

  function draw() {
    keyed(list, state.items, (file) => file.id, create, fill);
    show(more, state.next !== null);
    say(told, state.items.length ? "" : noneInWords(state));
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
    const before = state.status;
    if (!state.isChosen) state.status = job.failed_files ? "failed" : "all";
    drawTabs();
    // Only what is on the first page follows by itself: what a person opened further stays as it is.
    const figures = [job.status, job.repairs, ...Object.values(TABS).map((name) => job[name])].join();
    if (figures === state.shown) return;
    if (state.items.length) draw(); // what can be done with a file changes with the job
    // A search that takes longer than a poll would begin anew with each.
    if (state.isLooking && state.status === before && !job.completed_at) return;
    state.shown = figures;
    if (state.items.length <= PAGE) guarded(() => load(false));
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

const pageOf = async (response) => ({
  page: await body(response),
  next: nextOf(response.headers.get("Link")),
});

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
