/** The fields of a new job, and the request they make. */

import { containerInput, firstFiles } from "./containers.js";
import { field, h, say } from "./dom.js";
import { keptPart } from "./kept-part.js";
import { languagePart } from "./language-part.js";
import { lines, split, termsPart } from "./terms-part.js";

const IF_EXISTS = [
  ["skip_unchanged", "Skip unchanged files"],
  ["overwrite", "Translate all again"],
  ["fail", "Fail files that have one"],
];

const UNSUPPORTED = [
  ["", "Skip files of no known format"],
  ["copy", "Copy them untranslated"],
];

/** `model` is a job to begin from, null for an empty form. */
export function jobForm({ names, engines, formats, first, model, signal, onChange, onFault }) {
  const was = model ?? { options: {}, target_languages: null };
  const options = was.options;
  const inside = h("p", { class: "hint reserved", "aria-live": "polite" });
  const made = h("p", { class: "hint reserved", "aria-live": "polite" });
  const source = h(
    "select",
    { required: true, onchange: lookInside },
    h("option", { value: "" }, "Choose a container"),
    names.map((name) => h("option", { value: name }, name)),
  );
  source.value = names.includes(was.source_container)
    ? was.source_container
    : names.length === 1
      ? names[0]
      : "";
  const target = containerInput({ value: was.target_container ?? "" }, tellTarget);
  target.offer(names);
  const kept = keptPart({ model, formats, fields: ["unsupported"] });
  const onEngine = () => kept.update(spoken.engine());
  const spoken = languagePart({ engines, first, was, signal, onFault, onEngine });
  const terms = termsPart(options);
  const name = h("input", { type: "text", maxlength: 200, value: was.name ?? "", autocomplete: "off" });
  const prefix = path(options.prefix, "letters/2026/");
  const include = lines(options.include, "*.txt");
  const exclude = lines(options.exclude, "drafts/*");
  const targetPrefix = path(options.target_prefix, "");
  const ifExists = h(
    "select",
    {},
    IF_EXISTS.map(([value, text]) => h("option", { value }, text)),
  );
  ifExists.value = options.if_exists ?? "skip_unchanged";
  const unsupported = h(
    "select",
    {},
    UNSUPPORTED.map(([value, text]) => h("option", { value }, text)),
  );
  unsupported.value = options.unsupported === "copy" ? "copy" : "";
  const filters = h(
    "details",
    { open: Boolean(prefix.value || include.value || exclude.value) },
    h("summary", {}, "Only some of the files"),
    h(
      "div",
      { class: "columns three" },
      field("Prefix", prefix, "What names begin with."),
      field("Include", include, "Shell patterns, one a line. None: all."),
      field("Exclude", exclude, "Shell patterns, one a line."),
    ),
  );
  const controls = {
    source_container: source,
    target_container: target.input,
    name,
    prefix,
    include,
    exclude,
    target_prefix: targetPrefix,
    if_exists: ifExists,
    options: unsupported,
    ...spoken.controls,
    ...terms.controls,
  };

  async function lookInside() {
    const container = source.value;
    say(inside, container ? "Looking inside…" : "");
    if (!container) return;
    try {
      const found = await firstFiles(container, signal);
      const told = found.names.length
        ? `Holds ${found.names.join(", ")}${found.more ? " and more" : ""}`
        : "This container is empty.";
      if (source.value === container) say(inside, told);
    } catch (error) {
      if (!signal.aborted) say(inside, error.message);
    }
  }

  function tellTarget() {
    const wanted = target.input.value;
    const told = names.includes(wanted) ? "This container is there." : "This container will be made.";
    say(made, wanted ? told : "Choose one, or type the name of a new one.");
  }

  function request() {
    const wanted = {
      source_container: source.value,
      target_container: target.input.value,
      ...spoken.request(),
      name: name.value.trim(),
      prefix: prefix.value,
      include: split(include.value),
      exclude: split(exclude.value),
      target_prefix: targetPrefix.value,
      if_exists: ifExists.value,
      files: kept.files,
    };
    const said = Object.entries(wanted).filter(([, value]) => value.length > 0);
    const own = {
      ...kept.forEngine(spoken.engine()),
      ...(unsupported.value && { unsupported: unsupported.value }),
    };
    const more = Object.keys(own).length > 0 && { options: own };
    return { ...Object.fromEntries(said), ...terms.request(), ...more };
  }

  function markFault(named) {
    const control = controls[named?.split(".")[0]];
    control?.closest("details")?.setAttribute("open", "");
    control?.setAttribute("aria-invalid", "true");
    control?.focus();
  }

  const clearFaults = () =>
    Object.values(controls).forEach((control) => control.removeAttribute("aria-invalid"));
  const columns = (...children) => h("div", { class: "columns" }, ...children);
  const element = h(
    "form",
    { class: "stack", oninput: onChange, onchange: onChange },
    group(
      "Documents",
      columns(h("div", {}, field("Source container", source), inside), spoken.source, spoken.which),
      filters,
    ),
    group("Target languages", ...spoken.targets),
    group(
      "Translations",
      columns(
        h("div", {}, field("Target container", target.input), target.list, made),
        field("Target prefix (optional)", targetPrefix, "Put before the names of all translations."),
      ),
      columns(
        field("If a translation is there already", ifExists),
        field("Other files", unsupported, "Pictures, archives and the like."),
        field("Name of the job (optional)", name),
      ),
      terms.element,
    ),
    kept.element,
  );
  onEngine();
  tellTarget();
  lookInside();
  return {
    element,
    request,
    isValid: () => element.reportValidity() && spoken.isValid(),
    markFault,
    clearFaults,
  };
}

const group = (title, ...children) => h("fieldset", { class: "card" }, h("legend", {}, title), ...children);
const path = (value, placeholder) =>
  h("input", { type: "text", maxlength: 512, value: value ?? "", placeholder, spellcheck: "false" });
