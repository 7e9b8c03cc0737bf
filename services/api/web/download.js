/** Files of the API on the person's disk: fetched, because a plain link cannot carry a key. */

import { Unreachable, call } from "./api.js";

/** A document may be large and the line slow (seconds). */
const DOCUMENT_SECONDS = 600;

export async function save(url, name, signal) {
  const response = await call(url, { signal, seconds: DOCUMENT_SECONDS });
  let blob;
  try {
    blob = await response.blob();
  } catch {
    throw new Unreachable("The download broke off; try it again.");
  }
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name.split("/").at(-1);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
