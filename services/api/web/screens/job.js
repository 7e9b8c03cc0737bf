/** One job: how far it is, what failed, what can be done. */

import { call, path } from "../api.js";
import { announce, h, say, show } from "../dom.js";
import { POLL_MS, follow } from "../follow.js";
import { number, status as statusWord, title } from "../format.js";
import { filesPanel } from "../job-files.js";
import { jobFacts } from "../job-facts.js";
import { jobFigures } from "../job-figures.js";
import { jobNotes } from "../job-notes.js";
import { confirmed, errorNote } from "../notes.js";
import { badge, fillBadge } from "../progress.js";
import { retryable } from "../retrying.js";

export function job({ parts: [id], signal, setTitle }) {
  setTitle("Job");
  const url = path("batch", "jobs", id);
  const heading = h("h1", {}, "Job");
  const mark = badge();
  const state = h("div", { class: "loading" }, "Loading the job…");
  const fault = h("div", {});
  const content = h("div", { class: "stack", hidden: true });
  const views = [jobNotes(), jobFigures(), jobFacts()];
  let latest = null;
  const pressed = pressedButtons();
  const look = () => follower.now();
  const act = (button, change) => pressed.add(button) && changed(change, fault, look);
  const files = filesPanel(url, signal, (file, button) =>
    act(button, () => call(`${url}/files/${encodeURIComponent(file.id)}/retry`, { method: "POST" })),
  );
  const actions = jobActions(url, act);
  content.append(...views.map((view) => view.element), files.element);

  const follower = follow(url, {
    signal,
    onData: (data) => {
      const held = document.activeElement;
      tellEnd(latest, data);
      latest = data;
      state.remove();
      show(content, true);
      setTitle(`${statusWord(data.status)}: ${title(data)}`);
      say(heading, title(data));
      fillBadge(mark, data.status);
      actions.update(data);
      [...views, files].forEach((view) => view.update(data));
      pressed.release();
      // The button that was pressed is gone: the keyboard goes on from the heading.
      if (held?.matches("main button") && held.hidden) focusHeading();
    },
    wait: (data) => (data.completed_at ? null : POLL_MS),
    onEnd: (error) => {
      (latest ? fault : state).replaceChildren(errorNote(error, look));
      pressed.release();
    },
  });

  return h(
    "section",
    { class: "stack" },
    h("p", { class: "crumb" }, h("a", { href: "#/jobs" }, "Jobs")),
    h("div", { class: "title-line" }, h("div", { class: "job-title" }, heading, mark), actions.element),
    fault,
    state,
    content,
  );
}

/** Do it, then look at the job at once; what went wrong is said where the person is. */
async function changed(change, fault, look) {
  fault.replaceChildren();
  try {
    await change();
  } catch (error) {
    fault.replaceChildren(errorNote(error));
  }
  look();
}

/** Buttons whose work is under way, until the job was looked at again: they must keep the focus meanwhile. */
function pressedButtons() {
  const buttons = new Set();
  return {
    add: (button) => {
      if (buttons.has(button)) return false;
      button.setAttribute("aria-disabled", "true");
      return buttons.add(button);
    },
    release: () => {
      buttons.forEach((button) => button.removeAttribute("aria-disabled"));
      buttons.clear();
    },
  };
}

function jobActions(url, act) {
  const button = (text, kind, onclick) =>
    h("button", { type: "button", class: kind, hidden: true, onclick }, text);
  const retry = button("Retry failed files", "primary", () =>
    act(retry, () => call(`${url}/retry`, { method: "POST" })),
  );
  const cancel = button("Cancel job", "danger", async () => {
    const text = "Files that are being translated end as they would; those that wait are not translated.";
    const isSure = await confirmed("Cancel this job?", text, "Cancel job");
    if (cancel.hidden) return focusHeading(); // it has ended meanwhile
    if (!isSure) return;
    act(cancel, () => call(`${url}/cancel`, { method: "POST" }));
  });
  const remove = button("Delete", "", async () => {
    const text = "The job and its list of files go. Its translations stay.";
    if (!(await confirmed("Delete this job?", text, "Delete job"))) return;
    act(remove, async () => {
      await call(url, { method: "DELETE" });
      announce("The job is deleted");
      location.hash = "#/jobs";
    });
  });
  const again = h("a", { class: "button", hidden: true }, "Run again");
  const update = (data) => {
    const ended = data.completed_at !== null;
    say(retry, `Retry ${number(retryable(data))} failed`);
    show(retry, retryable(data) > 0);
    show(cancel, !ended && data.status !== "cancelling");
    show(remove, ended);
    show(again, ended);
    again.href = `#/new?from=${encodeURIComponent(data.job_id)}`;
  };
  return { element: h("div", { class: "actions" }, retry, again, remove, cancel), update };
}

function focusHeading() {
  const heading = document.querySelector("main h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function tellEnd(before, now) {
  if (!before || before.status === now.status) return;
  const failed = now.failed_files ? `, ${number(now.failed_files)} failed` : "";
  announce(
    `The job is ${statusWord(now.status).toLowerCase()}: ${number(now.processed_files)} translated${failed}`,
  );
}
