/** The languages of an engine, and a list to tick them in. */

import { getJson, path } from "./api.js";
import { patiently } from "./connection.js";
import { h, newId, say, show } from "./dom.js";
import { language } from "./format.js";

/** Offered where an engine takes every pair; any other tag can be typed. */
const COMMON = (
  "af ar az bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko lt lv " +
  "mk ml mn mr ms mt nb nl pa pl pt pt-BR pt-PT ro ru sk sl sq sr sv sw ta te th tr uk ur vi zh-Hans zh-Hant zu"
).split(" ");
const TAG = /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/;
const SEARCHED_FROM = 9;

/** `{ engine, start, sources, targets(source), takesAny }` */
export async function catalog(signal, engine = null) {
  const which = engine ? `?engine=${encodeURIComponent(engine)}` : "";
  const known = await patiently(() => getJson(path("languages") + which, signal), signal);
  const sources = known.any ? COMMON : unique(known.pairs.map((pair) => pair.source_language));
  const start = known.default_source_language;
  return {
    engine: known.engine,
    start,
    takesAny: known.any,
    sources: byName(known.any ? unique([start, ...sources]) : sources),
    targets: (source) =>
      byName(known.any ? COMMON.filter((tag) => tag !== source) : targetsOf(known.pairs, source)),
  };
}

const unique = (tags) => [...new Set(tags)];
const targetsOf = (pairs, source) =>
  unique(
    pairs.filter((pair) => !source || pair.source_language === source).map((pair) => pair.target_language),
  );
const byName = (tags) => tags.toSorted((one, other) => language(one).localeCompare(language(other), "en"));

/** Boxes to tick, with a search where there are many. `chosen()` gives the tags in the order of the list. */
export function languageBoxes(onChange) {
  const boxes = h("div", { class: "boxes" });
  const told = h("p", { class: "hint reserved", "aria-live": "polite" });
  const none = h(
    "p",
    { class: "hint", hidden: true },
    "No such language. A tag such as pt-BR can be typed where the engine takes all.",
  );
  const search = h("input", {
    type: "search",
    placeholder: "Find a language or type a tag",
    "aria-label": "Find a target language",
    oninput: filter,
    onkeydown: tickHit,
    spellcheck: "false",
  });
  let takesAny = false;

  function offer(tags, options) {
    takesAny = options.takesAny;
    const kept = new Set(options.chosen ?? chosen());
    const extra = takesAny ? [...kept].filter((tag) => !tags.includes(tag)) : [];
    boxes.replaceChildren(
      ...[...tags, ...extra].map((tag) => box(tag, kept.has(tag) || (tags.length === 1 && !takesAny), tell)),
    );
    show(search, tags.length >= SEARCHED_FROM);
    search.value = "";
    filter();
    tell();
  }

  function filter() {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    for (const label of boxes.children) {
      const isTicked = label.firstChild.checked;
      const fits = isTicked || label.textContent.toLowerCase().includes(wanted);
      show(label, fits);
      shown += fits && !isTicked;
    }
    if (!shown && takesAny && TAG.test(search.value.trim())) addTyped(search.value.trim());
    else show(none, !shown && wanted !== "");
  }

  /** Enter in a search is no "start the job": it ticks what was found, if that is one language. */
  function tickHit(event) {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const wanted = search.value.trim().toLowerCase();
    if (!wanted) return;
    const hits = [...boxes.querySelectorAll("label:not([hidden]) input:not(:checked)")];
    const hit = hits.length === 1 ? hits[0] : hits.find((input) => input.value.toLowerCase() === wanted);
    if (!hit) return;
    hit.click();
    search.value = "";
    filter();
  }

  function addTyped(tag) {
    boxes.querySelector("[data-typed]:not(:has(:checked))")?.remove();
    const label = box(tag, false, tell);
    label.dataset.typed = "";
    boxes.append(label);
    show(none, false);
  }

  function tell() {
    say(told, chosen().length ? `Chosen: ${chosen().map(language).join(", ")}` : "None is chosen yet.");
    onChange();
  }

  const chosen = () => [...boxes.querySelectorAll("input:checked")].map((input) => input.value);
  return { element: h("div", {}, search, boxes, none, told), offer, chosen };
}

function box(tag, checked, onchange) {
  const input = h("input", { type: "checkbox", value: tag, id: newId("language"), onchange });
  input.checked = checked;
  return h(
    "label",
    { class: "box", for: input.id },
    input,
    h("span", {}, language(tag)),
    h("span", { class: "tag" }, tag),
  );
}
