/** The part of a new job's form that says from which language, into which, by which engine. */

import { field, h, show } from "./dom.js";
import { language } from "./format.js";
import { catalog, languageBoxes } from "./languages.js";

/** What a job says when the engine shall find out the source language of each file. */
const DETECT = "";

/** `engines` as the API lists them; `first` is the catalogue of the engine that `was` or the deployment names. */
export function languagePart({ engines, first, was, signal, onFault, onEngine }) {
  let known = first;
  const engine = h(
    "select",
    { onchange: change },
    engines.map((each) => h("option", { value: each.name }, each.name)),
  );
  engine.value = first.engine;
  const from = h("select", { onchange: offerTargets });
  const into = languageBoxes(() => show(missing, false));
  const missing = h("p", { class: "fault", role: "alert", hidden: true }, "Choose at least one language.");

  async function change() {
    onEngine();
    try {
      known = await catalog(signal, engine.value);
      offerSources(from.value);
    } catch (error) {
      if (!signal.aborted) onFault(error);
    }
  }

  function offerSources(wanted) {
    const detects = engines.find((each) => each.name === known.engine)?.detects;
    const options = known.sources.map((tag) => h("option", { value: tag }, language(tag)));
    from.replaceChildren(
      ...(detects ? [h("option", { value: DETECT }, "Detect for each file")] : []),
      ...options,
    );
    const possible = [...from.options].map((option) => option.value);
    from.value = [wanted, known.start].find((tag) => possible.includes(tag)) ?? possible[0] ?? "";
    offerTargets();
  }

  function offerTargets() {
    into.offer(known.targets(from.value), { takesAny: known.takesAny, chosen: was.target_languages });
    was.target_languages = null;
  }

  function request() {
    const chosen = into.chosen();
    return {
      ...(chosen.length === 1 ? { target_language: chosen[0] } : { target_languages: chosen }),
      source_language: from.value,
      engine: engines.length > 1 ? engine.value : "",
    };
  }

  /** Says what is missing and goes there. */
  function isValid() {
    show(missing, into.chosen().length === 0);
    if (!missing.hidden) into.element.querySelector("input:not([hidden])")?.focus();
    return missing.hidden;
  }

  const source = field("Source language", from, engines.length > 1 ? null : `Translated by ${known.engine}.`);
  const which = engines.length > 1 && field("Engine", engine);
  offerSources(was.target_languages ? (was.source_language ?? DETECT) : known.start);
  return {
    source,
    which,
    targets: [into.element, missing],
    controls: { source_language: from, engine },
    engine: () => engine.value,
    request,
    isValid,
  };
}
