/** Source and translation of one file side by side, as text. */

import { Problem, filePath, getJson, path } from "../api.js";
import { patiently } from "../connection.js";
import { h, show } from "../dom.js";
import { languageWithTag, number } from "../format.js";
import { save } from "../download.js";
import { errorNote, note } from "../notes.js";
import { fileOfId, targetName } from "../targets.js";
import { MOST_BYTES, readText } from "../text.js";

/** Rows beyond this make a page slow; both texts are then shown each in one piece. */
const MOST_LINES = 4000;

export function compare({ parts: [jobId, fileId], signal, setTitle }) {
  setTitle("Compare");
  const file = fileOfId(fileId);
  const state = h("div", { class: "loading" });
  const view = h("div", { class: "stack", hidden: true });
  const heading = h("h1", { class: "file-name" }, file?.name ?? "Compare");
  const begin = () => {
    state.replaceChildren("Loading both texts…");
    load(jobId, file, view, signal)
      .then(() => (state.remove(), show(view, true)))
      .catch((error) => signal.aborted || state.replaceChildren(errorNote(error, begin)));
  };
  if (file) {
    setTitle(`Compare ${file.name}`);
    begin();
  } else state.replaceChildren(errorNote("This address names no file of a job."));
  return h(
    "section",
    { class: "stack" },
    h(
      "p",
      { class: "crumb" },
      h("a", { href: "#/jobs" }, "Jobs"),
      " / ",
      h("a", { href: `#/jobs/${encodeURIComponent(jobId)}` }, "Job"),
    ),
    heading,
    state,
    view,
  );
}

async function load(jobId, file, view, signal) {
  const job = await patiently(() => getJson(path("batch", "jobs", jobId), signal), signal);
  const sides = [
    {
      title: languageWithTag(job.source_language),
      lang: job.source_language,
      container: job.source_container,
      name: file.name,
      missing: "The source is gone.",
    },
    {
      title: languageWithTag(file.language),
      lang: file.language,
      container: job.target_container,
      name: targetName(job, file),
      missing: "There is no translation yet.",
    },
  ];
  await Promise.all(sides.map((side) => fetchSide(side, signal)));
  const isText = sides.every((side) => side.text !== null);
  const body = !isText ? apart(sides) : (aligned(sides) ?? apart(sides));
  view.replaceChildren(
    ...remarks(sides),
    h("div", { class: "compare-heads" }, ...sides.map((side) => head(side, signal))),
    body,
  );
}

async function fetchSide(side, signal) {
  try {
    Object.assign(side, await patiently(() => readText(filePath(side.container, side.name), signal), signal));
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    Object.assign(side, { text: null, why: side.missing, isGone: true });
  }
}

function remarks(sides) {
  const told = [];
  if (sides.some((side) => side.isCut)) {
    told.push(
      note(
        "info",
        h(
          "p",
          {},
          `Only the first ${number(MOST_BYTES / 1024)} KiB are shown. Download the files for the rest.`,
        ),
      ),
    );
  }
  for (const side of sides.filter((other) => other.guessed)) {
    told.push(note("info", h("p", {}, `${side.title} is not UTF-8: it is shown as ${side.guessed}.`)));
  }
  return told;
}

function head(side, signal) {
  const fault = h("span", { role: "alert" });
  const get = () =>
    save(filePath(side.container, side.name), side.name, signal).catch(
      (error) => (fault.textContent = error.message),
    );
  const button = h(
    "button",
    {
      type: "button",
      class: "quiet",
      onclick: get,
      hidden: Boolean(side.isGone),
      "aria-label": `Download, ${side.title}`,
    },
    "Download",
  );
  return h(
    "div",
    { class: "compare-head" },
    h("div", {}, h("h2", {}, side.title), h("p", { class: "meta" }, `${side.container}/${side.name}`), fault),
    button,
  );
}

/** Line beside line, where a translation kept the lines of its source; null where it did not. */
function aligned(sides) {
  const [left, right] = sides.map((side) => side.text.split(/\r\n|\r|\n/));
  if (left.length !== right.length || left.length > MOST_LINES) return null;
  const cells = left.flatMap((line, place) => [
    h("p", { lang: sides[0].lang, dir: "auto" }, line || "\u00a0"),
    h("p", { lang: sides[1].lang, dir: "auto" }, right[place] || "\u00a0"),
  ]);
  return h(
    "div",
    {
      class: "compare-lines",
      role: "region",
      tabindex: 0,
      "aria-label": "Source and translation, line by line",
    },
    ...cells,
  );
}

function apart(sides) {
  const pane = (side) =>
    side.text === null
      ? h("div", { class: "compare-none" }, h("p", {}, side.why))
      : h(
          "pre",
          { lang: side.lang, dir: "auto", tabindex: 0, role: "region", "aria-label": `Text, ${side.title}` },
          side.text,
        );
  return h("div", { class: "compare-panes" }, ...sides.map(pane));
}
