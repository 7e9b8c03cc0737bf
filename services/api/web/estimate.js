/** What a job would do, shown before anything runs. */

import { h, show } from "./dom.js";
import { bytes, compact, count, number } from "./format.js";

export function estimateView() {
  const body = h("div", {});
  let isOld = false;
  const old = h("p", { class: "note info", hidden: true }, "The request was changed since: estimate again.");
  const element = h(
    "section",
    { class: "card estimate", "aria-label": "Estimate", "aria-live": "polite", hidden: true },
    old,
    body,
  );
  const put = (...children) => {
    show(element, children.length > 0);
    body.replaceChildren(...children);
    tellAge();
  };
  const tellAge = () => show(old, isOld && body.querySelector("dl") !== null);
  return {
    element,
    wait: () => ((isOld = false), put(h("p", { class: "loading" }, "Looking at the container…"))),
    clear: () => put(),
    fill: (found) => put(...told(found)),
    // Also while an estimate is under way: what it will tell is of the request before.
    outdate: () => ((isOld = true), tellAge()),
  };
}

function told(found) {
  const languages = found.target_languages.length;
  const figure = (name, value, hint = "") =>
    h(
      "div",
      {},
      h("dt", {}, name),
      h("dd", { class: "figure" }, value),
      hint && h("p", { class: "hint" }, hint),
    );
  const formats = Object.entries(found.files_by_format);
  return [
    h("h2", {}, "Estimate"),
    h(
      "dl",
      { class: "estimate-figures" },
      figure("Files", atLeast(found, found.files), languages > 1 ? `each into ${languages} languages` : ""),
      figure(
        "Characters",
        found.sampled ? `≈ ${compact(found.characters)}` : "0",
        found.sampled ? `from ${count(found.sampled, "file")} read` : "nothing to translate",
      ),
      figure("Unchanged", number(found.unchanged_files), "skipped: translated already"),
      figure("Unsupported", number(found.unsupported_files), "skipped or copied: no such format"),
      figure("Size", bytes(found.bytes), "of what would be translated"),
    ),
    formats.length > 0 &&
      h(
        "p",
        { class: "meta" },
        `By format: ${formats.map(([name, files]) => `${name} ${number(files)}`).join(" · ")}`,
      ),
    !found.complete &&
      h(
        "p",
        { class: "note info" },
        "The container is large: these are the figures of the names seen in time.",
      ),
    h("p", { class: "hint" }, "Nothing was translated or written."),
  ].filter(Boolean);
}

const atLeast = (found, value) => (found.complete ? number(value) : `at least ${number(value)}`);
