/** Containers: the list to choose from, and making one. */

import { call, containerFiles, getAll, getPage, path } from "./api.js";
import { patiently } from "./connection.js";
import { h, newId } from "./dom.js";

const MOST = 2000;
const ALL = path("batch", "containers");

/** Names of the containers, the first 2,000. */
export async function containerNames(signal) {
  const { items } = await patiently(() => getAll(`${ALL}?limit=100`, signal, MOST), signal);
  return items.map((container) => container.name);
}

export async function makeContainer(name, signal) {
  await call(path("batch", "containers", name), { method: "PUT", signal });
}

/** The first few files of a container and whether there are more. */
export async function firstFiles(container, signal) {
  const page = await getPage(`${containerFiles(container)}?limit=3`, signal);
  return { names: page.items.map((file) => file.name), more: page.next !== null };
}

/** An input that offers the containers there are and takes any other name. */
export function containerInput(attributes, onInput) {
  const list = h("datalist", { id: newId("containers") });
  const input = h("input", {
    type: "text",
    list: list.id,
    required: true,
    minlength: 3,
    maxlength: 63,
    pattern: "[a-z0-9]+(-[a-z0-9]+)*",
    title: "3 to 63 lower-case letters, digits and single hyphens",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    oninput: onInput,
    ...attributes,
  });
  const offer = (names) => list.replaceChildren(...names.map((name) => h("option", { value: name })));
  return { input, list, offer };
}
