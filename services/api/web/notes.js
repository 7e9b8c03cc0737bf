/** Messages in boxes: what went wrong, what to know. */

import { Problem } from "./api.js";
import { h } from "./dom.js";
import { askForKey } from "./key.js";

/** `tone` is info, warn or bad. */
export function note(tone, ...children) {
  return h("div", { class: `note ${tone}` }, ...children);
}

/** `again` does once more what was refused, should a key be given for it after all. */
export function errorNote(error, again = null) {
  const box = h(
    "div",
    { class: "note bad", role: "alert" },
    h("p", {}, error instanceof Error ? error.message : String(error), codeOf(error)),
  );
  const giveKey = async () => {
    if (!(await askForKey())) return;
    box.remove();
    again?.();
  };
  if (error instanceof Problem && error.status === 401) {
    box.append(h("button", { type: "button", onclick: giveKey }, "Give a key"));
  }
  return box;
}

function codeOf(error) {
  return error instanceof Problem && error.code ? [" ", h("code", {}, error.code)] : null;
}

export function empty(title, ...children) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), ...children);
}

/** Ask before something that cannot be undone. Resolves to true or false; `no` is what the other button says. */
export function confirmed(title, text, action, no = "Keep it") {
  const dialog = document.getElementById("confirm-dialog");
  document.getElementById("confirm-title").textContent = title;
  document.getElementById("confirm-text").textContent = text;
  document.getElementById("confirm-yes").textContent = action;
  document.getElementById("confirm-no").textContent = no;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** A question does not outlive its screen: it is answered with no. */
export function dropQuestion() {
  document.getElementById("confirm-dialog").close();
}
