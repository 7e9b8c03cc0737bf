/** Files of the person's disk, chosen or dropped, and the names they get. */

/** `{ named: [[name, data]], hidden }`: `hidden` files of a folder (of tools, not of people) are only counted. */
export function chosenFiles(files) {
  const all = [...files].map((data) => [nameOf(data), data]);
  const named = all.filter(([name, data]) => !data.webkitRelativePath || !isHidden(name));
  return { named, hidden: all.length - named.length };
}

/** Below the folder that was chosen, folders are kept. */
function nameOf(data) {
  return data.webkitRelativePath ? data.webkitRelativePath.split("/").slice(1).join("/") : data.name;
}

const isHidden = (name) => name.split("/").some((part) => part.startsWith("."));

export function acceptDrops(take, signal) {
  addEventListener("dragover", (event) => event.preventDefault(), { signal });
  addEventListener("drop", (event) => (event.preventDefault(), take(event.dataTransfer.files)), { signal });
}
