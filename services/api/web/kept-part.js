/** What a new job takes over from the job it begins from and has no field for, and what it cannot. */

import { h, say, show } from "./dom.js";
import { optionsInWords, ownOptions } from "./own-options.js";

/**
 * `model` is the job to begin from or null, `formats` as the API lists them, `fields` the options that have a field.
 * Without its options a job makes other translations: nothing would count as unchanged.
 */
export function keptPart({ model, formats, fields }) {
  const asked = Object.entries(ownOptions(model?.options ?? {})).filter(([name]) => !fields.includes(name));
  const ofFormats = new Set(formats.flatMap((format) => Object.keys(format.options)));
  const kept = h("p", {});
  const dropped = h("p", {});
  const lines = [
    kept,
    dropped,
    model?.options.files.length > 0 &&
      h("p", {}, "Only the files that the first job named are translated."),
    model?.notification &&
      h(
        "p",
        {},
        `The first job told ${model.notification.host} of its end. This one tells nobody: ` +
          "the address may be a secret and is not kept here.",
      ),
  ].filter(Boolean);

  /** The options that hold for this engine too: another one may have the same names for other things. */
  const forEngine = (engine) =>
    Object.fromEntries(asked.filter(([name]) => ofFormats.has(name) || engine === model.options.engine));

  function update(engine) {
    const options = forEngine(engine);
    const gone = Object.fromEntries(asked.filter(([name]) => !(name in options)));
    fill(kept, "Options of the first job that are kept", options);
    fill(dropped, `Options of ${model?.options.engine} that are left out`, gone);
    show(element, lines.some((line) => !line.hidden));
  }

  const said = { class: "note info", "aria-label": "Taken over", "aria-live": "polite" };
  const element = h("section", said, ...lines);
  return { element, forEngine, update, files: model?.options.files ?? [] };
}

function fill(line, what, options) {
  const told = optionsInWords(options);
  show(line, told !== "");
  say(line, told && `${what}: ${told}`);
}
