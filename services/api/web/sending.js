/** One file to the server, with its progress: XMLHttpRequest tells what fetch does not. */

import { Problem, filePath } from "./api.js";
import { askForKey, authorization } from "./key.js";

/** Resolves when the file is stored whole. `onShare` gets what was sent, 0 to 1. */
export async function sendFile(container, name, data, onShare, signal) {
  for (;;) {
    const { status, text } = await put(filePath(container, name), data, onShare, signal);
    if (status === 201) return;
    if (status === 401 && (await askForKey())) continue;
    throw new Problem(status, parsed(text));
  }
}

function put(url, data, onShare, signal) {
  const request = new XMLHttpRequest();
  request.open("PUT", url);
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  request.setRequestHeader("Content-Type", data.type || "application/octet-stream");
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onShare(event.loaded / event.total);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new Error("The connection was lost; upload the rest once more."));
    request.onabort = () => reject(new Error("The upload was given up."));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(data);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
