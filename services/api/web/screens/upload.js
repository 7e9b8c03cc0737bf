/** Documents of the person's disk into a source container, several at a time. */

import { containerInput, containerNames, makeContainer } from "../containers.js";
import { announce, field, h, keyed, say, show } from "../dom.js";
import { bytes, count } from "../format.js";
import { errorNote } from "../notes.js";
import { sendFile } from "../sending.js";

const AT_ONCE = 3;
const STATES = { waiting: "pending", sending: "processing", done: "succeeded", failed: "failed" };
const WORDS = { waiting: "Waiting", sending: "Uploading", done: "Uploaded", failed: "Failed" };

export function upload({ signal, setTitle }) {
  setTitle("Upload");
  let files = [];
  const fault = h("div", {});
  const container = containerInput({}, () => draw());
  const folder = h("input", {
    type: "text",
    maxlength: 512,
    placeholder: "letters/2026/",
    spellcheck: "false",
  });
  const pick = h("input", { type: "file", multiple: true, onchange: () => add(pick) });
  const tree = h("input", { type: "file", webkitdirectory: true, onchange: () => add(tree) });
  const list = h("ul", { class: "rows uploads", "aria-label": "Chosen files" });
  const sum = h("p", { class: "meta reserved", role: "status" });
  const button = h("button", { type: "submit", class: "primary", disabled: true }, "Upload");
  const next = h("a", { class: "button", href: "#/new", hidden: true }, "Translate them: new job");
  containerNames(signal)
    .then(container.offer)
    .catch((error) => signal.aborted || fault.replaceChildren(errorNote(error)));

  function add(input) {
    const known = new Set(files.map((file) => file.name));
    const found = [...input.files].map((data) => ({
      data,
      name: nameOf(data),
      state: "waiting",
      share: 0,
      error: "",
    }));
    files = [...files, ...found.filter((file) => !known.has(file.name))];
    input.value = "";
    draw();
  }

  function draw() {
    keyed(list, files, (file) => file.name, create, update);
    const left = files.filter((file) => file.state !== "done");
    const failed = files.filter((file) => file.state === "failed").length;
    const size = bytes(files.reduce((total, file) => total + file.data.size, 0));
    const told = `${files.length - left.length} of ${count(files.length, "file")} uploaded`;
    say(sum, files.length ? `${told}${failed ? `, ${failed} failed` : ""} · ${size}` : "");
    button.disabled = left.length === 0 || files.some((file) => file.state === "sending");
    say(button, failed ? "Upload the rest" : "Upload");
    show(next, files.length > 0 && left.length === 0);
  }

  async function send(event) {
    event.preventDefault();
    fault.replaceChildren();
    const target = container.input.value;
    const queue = files.filter((file) => file.state !== "done");
    queue.forEach((file) => (file.state = "waiting"));
    try {
      button.disabled = true;
      await makeContainer(target, signal);
      await Promise.all(Array.from({ length: AT_ONCE }, () => drain(queue, target, folder.value)));
      announce(sum.textContent);
    } catch (error) {
      if (!signal.aborted) fault.replaceChildren(errorNote(error));
    }
    draw();
  }

  async function drain(queue, target, prefix) {
    for (let file = queue.shift(); file && !signal.aborted; file = queue.shift()) {
      Object.assign(file, { state: "sending", share: 0, error: "" });
      draw();
      try {
        await sendFile(
          target,
          prefix + file.name,
          file.data,
          (share) => ((file.share = share), draw()),
          signal,
        );
        file.state = "done";
      } catch (error) {
        Object.assign(file, { state: "failed", error: error.message });
      }
      draw();
    }
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
        field("Or a whole folder", tree, "Its folders are kept."),
      ),
    ),
    sum,
    list,
    fault,
    h("div", { class: "actions form-actions" }, button, next),
  );
  acceptDrops((data) => add({ files: data }), signal);
  return h("section", { class: "stack" }, h("h1", {}, "Upload"), element);
}

/** Below the folder that was chosen, folders are kept. */
function nameOf(data) {
  return data.webkitRelativePath ? data.webkitRelativePath.split("/").slice(1).join("/") : data.name;
}

function create() {
  const bar = h("progress", { max: 1, value: 0 });
  return h(
    "li",
    { class: "upload-row" },
    h("span", { class: "badge" }),
    h("div", { class: "file-text" }, h("p", { class: "file-name" }), h("p", { class: "reason" })),
    bar,
    h("span", { class: "meta figure" }),
  );
}

function update(item, file) {
  const mark = item.querySelector(".badge");
  mark.dataset.status = STATES[file.state];
  say(mark, WORDS[file.state]);
  say(item.querySelector(".file-name"), file.name);
  say(item.querySelector(".reason"), file.error);
  const bar = item.querySelector("progress");
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  bar.value = file.state === "done" ? 1 : file.share;
  say(item.querySelector(".figure"), bytes(file.data.size));
}

function acceptDrops(take, signal) {
  addEventListener("dragover", (event) => event.preventDefault(), { signal });
  addEventListener("drop", (event) => (event.preventDefault(), take(event.dataTransfer.files)), { signal });
}
