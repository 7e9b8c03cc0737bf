/** Elements made of text and of other elements, never of markup: what strangers named stays text. */

/** `h("a", { href, class: "x", onclick }, "text", child)`; false, null and undefined children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

function set(element, name, value) {
  if (value == null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : value);
}

/** Write only what changed: an element that is written again loses selection and is read out again. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, wanted) {
  if (element.hidden === wanted) element.hidden = !wanted;
}

/**
 * Make `parent` hold one child an item, in order. Children whose key stays are kept and updated in place, so
 * that focus, scroll and bars do not jump. `create(item)` gives an element; `update(element, item)` fills it.
 */
export function keyed(parent, items, key, create, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let behind = null;
  for (const item of items) {
    const name = String(key(item));
    let child = old.get(name);
    if (child) old.delete(name);
    else {
      child = create(item);
      child.dataset.key = name;
    }
    update(child, item);
    const place = behind ? behind.nextSibling : parent.firstChild;
    if (place !== child) parent.insertBefore(child, place);
    behind = child;
  }
  for (const child of old.values()) child.remove();
}

let announced = 0;

/** Tell a screen reader, politely. */
export function announce(text) {
  const place = document.getElementById("announcer");
  // The same text twice would not be read twice.
  place.textContent = text + (announced++ % 2 ? "\u00a0" : "");
}

let ids = 0;

export function newId(what) {
  return `${what}-${++ids}`;
}

/** A label, its control and a hint, tied together. */
export function field(label, control, hint = null) {
  control.id ||= newId("field");
  const note = hint && h("p", { class: "hint", id: `${control.id}-hint` }, hint);
  if (note) control.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, note);
}
