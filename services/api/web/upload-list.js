/** The files chosen to upload: a row is written when its own file changes, however many there are. */

import { h, say, show } from "./dom.js";
import { bytes, count, number } from "./format.js";

const STATES = { waiting: "pending", sending: "processing", done: "succeeded", failed: "failed" };
const WORDS = { waiting: "Waiting", sending: "Uploading", done: "Uploaded", failed: "Failed" };
/** How often the sum is told at most. */
const SUM_MS = 250;

/** `onSum({ all, left, failed })` hears, a little later, of what has changed. */
export function uploadList(onSum) {
  const files = new Map();
  const element = h("ul", { class: "rows uploads", "aria-label": "Chosen files" });
  const sum = h("p", { class: "meta reserved", role: "status" });
  let timer = 0;

  /** A name that was chosen before is another version of that file: it waits once more. */
  function choose(name, data) {
    const file = files.get(name) ?? newFile(name);
    file.data = data;
    file.place = null;
    if (file.state !== "sending") change(file, { state: "waiting", error: "" });
  }

  function newFile(name) {
    const file = { name, state: "waiting", share: 0, error: "", place: null };
    file.row = row(file, () => remove(file));
    files.set(name, file);
    element.append(file.row);
    return file;
  }

  function remove(file) {
    const next = file.row.nextSibling ?? file.row.previousSibling;
    files.delete(file.name);
    file.row.remove();
    next?.querySelector("button:not([hidden])")?.focus();
    tellSum();
  }

  function change(file, what) {
    Object.assign(file, what);
    fill(file);
    timer ||= setTimeout(tellSum, SUM_MS);
  }

  /** What was uploaded lies at one place; for another one it is yet to be sent. */
  function aim(place) {
    for (const file of files.values()) {
      const state = file.place === place ? "done" : "waiting";
      const isAtRest = ["done", "waiting"].includes(file.state);
      if (isAtRest && file.place !== null && file.state !== state) change(file, { state });
    }
    tellSum();
  }

  function tellSum() {
    clearTimeout(timer);
    timer = 0;
    const all = [...files.values()];
    const having = (state) => all.filter((file) => file.state === state).length;
    const [done, failed] = [having("done"), having("failed")];
    const size = bytes(all.reduce((total, file) => total + file.data.size, 0));
    const told = `${number(done)} of ${count(all.length, "file")} uploaded`;
    const troubled = failed ? `, ${number(failed)} failed` : "";
    say(sum, all.length ? `${told}${troubled} · ${size}` : "");
    onSum({ all: all.length, left: all.length - done, failed });
  }

  return {
    element,
    sum,
    choose,
    change,
    aim,
    tellSum,
    left: () => [...files.values()].filter((file) => file.state !== "done"),
    has: (file) => files.get(file.name) === file,
  };
}

function row(file, onRemove) {
  const remove = h(
    "button",
    { type: "button", class: "quiet", "aria-label": `Remove ${file.name}`, onclick: onRemove },
    "Remove",
  );
  const reason = h("p", { class: "reason" });
  const mark = h("span", { class: "badge" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
  const size = h("span", { class: "meta figure" });
  const text = h("div", { class: "file-text" }, h("p", { class: "file-name" }, file.name), reason);
  const element = h("li", { class: "upload-row" }, mark, text, bar, size, remove);
  Object.assign(file, { parts: { mark, reason, bar, size, remove } });
  return element;
}

function fill({ parts, state, share, error, data }) {
  parts.mark.dataset.status = STATES[state];
  say(parts.mark, WORDS[state]);
  say(parts.reason, error);
  parts.bar.value = { waiting: 0, done: 1 }[state] ?? share;
  say(parts.size, bytes(data.size));
  show(parts.remove, state !== "sending");
}
