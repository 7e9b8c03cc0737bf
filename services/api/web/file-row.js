/** One file of a job: its status, the reason of a failure, and what can be done with it. */

import { filePath } from "./api.js";
import { h, say, show } from "./dom.js";
import { save } from "./download.js";
import { bytes, count, language } from "./format.js";
import { badge, fillBadge } from "./progress.js";
import { retryable } from "./retrying.js";
import { targetName } from "./targets.js";

/** `state.job` is the job as it stands; `retry(file, button)` is told what was pressed. */
export function fileRow(state, { retry, guarded, signal }) {
  const item = h("li", { class: "file-row" });
  const button = (text, onclick) =>
    h("button", { type: "button", class: "quiet", hidden: true, onclick }, text);
  const get = (container, name) => guarded(() => save(filePath(container, name), name, signal));
  item.compare = h("a", { class: "button quiet", hidden: true }, "Compare");
  item.source = button("Source", () => get(state.job.source_container, item.file.name));
  item.target = button("Translation", () =>
    get(state.job.target_container, targetName(state.job, item.file)),
  );
  item.retry = button("Retry", () => retry(item.file, item.retry));
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

export function fillFileRow(item, file, job) {
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
  show(item.retry, file.status === "failed" && retryable(job) > 0);
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
