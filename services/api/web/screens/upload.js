/** Documents of the person's disk into a source container, several at a time. */

import { acceptDrops, chosenFiles } from "../chosen-files.js";
import { containerInput, containerNames, makeContainer } from "../containers.js";
import { announce, field, h, say, show } from "../dom.js";
import { count } from "../format.js";
import { askBeforeLeaving } from "../leaving.js";
import { errorNote } from "../notes.js";
import { sendFile } from "../sending.js";
import { uploadList } from "../upload-list.js";

const AT_ONCE = 3;
const QUESTION = ["Leave this page?", "Files that are not uploaded by now are not sent.", "Leave"];

export function upload({ signal, setTitle }) {
  setTitle("Upload");
  let isSending = false;
  const fault = h("div", {});
  const passed = h("p", { class: "meta", role: "status" });
  const container = containerInput({}, aim);
  const folder = h("input", {
    type: "text",
    maxlength: 512,
    placeholder: "letters/2026/",
    spellcheck: "false",
    oninput: aim,
  });
  const pick = h("input", { type: "file", multiple: true, onchange: () => take(pick) });
  const tree = h("input", { type: "file", webkitdirectory: true, onchange: () => take(tree) });
  const button = h("button", { type: "submit", class: "primary", disabled: true }, "Upload");
  const next = h("a", { class: "button", href: "#/new", hidden: true }, "Translate them: new job");
  const list = uploadList(offer);

  function offer({ all, left, failed }) {
    button.disabled = left === 0 || isSending;
    say(button, failed ? "Upload the rest" : "Upload");
    show(next, all > 0 && left === 0);
  }

  function take(input) {
    const { named, hidden } = chosenFiles(input.files);
    named.forEach(([name, data]) => list.choose(name, data));
    say(passed, hidden ? `${count(hidden, "hidden file")} of the folder left out.` : "");
    input.value = "";
    list.tellSum();
  }

  function aim() {
    list.aim(placeOf(container.input.value, folder.value));
  }

  function offerContainers() {
    containerNames(signal)
      .then(container.offer)
      .catch((error) => signal.aborted || fault.replaceChildren(errorNote(error, offerContainers)));
  }

  async function send(event) {
    event.preventDefault();
    if (isSending) return;
    const place = { container: container.input.value, folder: folder.value };
    fault.replaceChildren();
    setSending(true);
    try {
      await makeContainer(place.container, signal);
      await sendAll(list, place, signal);
    } catch (error) {
      fault.replaceChildren(errorNote(error));
    }
    if (signal.aborted) return;
    setSending(false);
    announce(list.sum.textContent);
  }

  /** Where the files go is settled while they do. */
  function setSending(wanted) {
    isSending = container.input.readOnly = folder.readOnly = wanted;
    list.tellSum();
  }

  const element = h(
    "form",
    { class: "stack", onsubmit: send },
    h(
      "div",
      { class: "card" },
      h(
        "div",
        { class: "columns" },
        h(
          "div",
          {},
          field("Container", container.input, "Choose one, or type the name of a new one."),
          container.list,
        ),
        field("Folder (optional)", folder, "Put before the names of all files."),
      ),
      h(
        "div",
        { class: "columns" },
        field("Files", pick, "Several can be chosen. A file of the same name is replaced."),
        field("Or a whole folder", tree, "Its folders are kept; hidden files are left out."),
      ),
    ),
    h("div", {}, list.sum, passed),
    list.element,
    fault,
    h("div", { class: "actions form-actions" }, button, next),
  );
  offerContainers();
  acceptDrops((files) => take({ files }), signal);
  askBeforeLeaving(() => isSending, QUESTION, signal);
  return h("section", { class: "stack" }, h("h1", {}, "Upload"), element);
}

const placeOf = (container, folder) => `${container}/${folder}`;

async function sendAll(list, place, signal) {
  const queue = list.left();
  queue.forEach((file) => list.change(file, { state: "waiting", error: "" }));
  await Promise.all(Array.from({ length: AT_ONCE }, () => drain(list, queue, place, signal)));
}

async function drain(list, queue, place, signal) {
  for (let file = queue.shift(); file && !signal.aborted; file = queue.shift()) {
    if (list.has(file)) await sendOne(list, file, queue, place, signal);
  }
}

async function sendOne(list, file, queue, { container, folder }, signal) {
  const { data } = file;
  list.change(file, { state: "sending", share: 0, error: "" });
  const tell = (share) => list.change(file, { share });
  try {
    await sendFile(container, folder + file.name, data, tell, signal);
    // Chosen again meanwhile: that version is yet to be sent.
    const isSame = file.data === data;
    list.change(file, isSame ? { state: "done", place: placeOf(container, folder) } : { state: "waiting" });
  } catch (error) {
    list.change(file, { state: "failed", error: error.message });
    if (error.status === 401) queue.length = 0; // no key was given: each of the others would ask for one
  }
}
