/** The part of a new job's form that bounds what it may cost and fixes terms. */

import { field, h } from "./dom.js";

export function termsPart(options) {
  const most = h("input", {
    type: "number",
    min: 1,
    step: 1,
    inputmode: "numeric",
    value: options.max_characters ?? "",
  });
  const fixed = Object.entries(options.dictionary ?? {}).map(([term, meaning]) => `${term} = ${meaning}`);
  const dictionary = lines(fixed, "harbour = puerto");
  const kept = lines(options.do_not_translate, "Acme Cloud");
  const element = h(
    "details",
    { open: Boolean(most.value || dictionary.value || kept.value) },
    h("summary", {}, "Terms and limits"),
    h(
      "div",
      { class: "columns three" },
      field("At most (characters)", most, "What the engine may be paid for; files beyond it fail."),
      field("Dictionary", dictionary, "A term, =, its translation; one a line."),
      field("Do not translate", kept, "Terms that stay as they are, one a line."),
    ),
  );

  function request() {
    const pairs = split(dictionary.value).map((line) => line.split("=").map((part) => part.trim()));
    return {
      ...(most.value && { max_characters: Number(most.value) }),
      ...(pairs.length > 0 && {
        dictionary: Object.fromEntries(pairs.map(([term, ...rest]) => [term, rest.join("=")])),
      }),
      ...(kept.value.trim() && { do_not_translate: split(kept.value) }),
    };
  }

  return { element, controls: { max_characters: most, dictionary, do_not_translate: kept }, request };
}

export const split = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export function lines(values, placeholder) {
  return h("textarea", { rows: 3, placeholder, spellcheck: "false", value: (values ?? []).join("\n") });
}
