/** Documents as text, as far as they are text, and no more of them than a page can show. */

import { Unreachable, call } from "./api.js";

export const MOST_BYTES = 512 * 1024;
const SECONDS = 60;

/** `{ text, isCut, guessed }`; `text` is null and `why` says so where the file is no text. */
export async function readText(url, signal) {
  const response = await call(url, { signal, seconds: SECONDS });
  const { bytes, isCut } = await beginning(response);
  return { ...decoded(bytes, isCut), isCut };
}

async function beginning(response) {
  const reader = response.body.getReader();
  const pieces = [];
  let length = 0;
  try {
    while (length < MOST_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value);
      length += value.length;
    }
  } catch {
    throw new Unreachable("The file broke off.");
  }
  const isCut = length >= MOST_BYTES;
  reader.cancel().catch(() => {});
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return { bytes: bytes.subarray(0, MOST_BYTES), isCut };
}

function decoded(bytes, isCut) {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : null;
  if (mark) return { text: new TextDecoder(mark).decode(bytes) };
  if (bytes.includes(0)) return { text: null, why: "This file is no text. Download it to look at it." };
  try {
    // `stream` lets a cut text end within a character.
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut }) };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), guessed: "Windows-1252" };
  }
}
