/** Messages in boxes: what went wrong, what to know. */

import { Problem } from "./api.js";
import { h } from "./dom.js";

/** `tone` is info, warn or bad. */
export function note(tone, ...children) {
  return h("div", { class: `note ${tone}` }, ...children);
}

export function errorNote(error, again = null) {
  return h(
    "div",
    { class: "note bad", role: "alert" },
    h("p", {}, error instanceof Error ? error.message : String(error), codeOf(error)),
    again && h("button", { type: "button", onclick: again }, "Try again"),
  );
}

function codeOf(error) {
  return error instanceof Problem && error.code ? [" ", h("code", {}, error.code)] : null;
}

export function empty(title, ...children) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), ...children);
}

/** Ask before something that cannot be undone. Resolves to true or false. */
export function confirmed(title, text, action) {
  const dialog = document.getElementById("confirm-dialog");
  document.getElementById("confirm-title").textContent = title;
  document.getElementById("confirm-text").textContent = text;
  document.getElementById("confirm-yes").textContent = action;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
