/** Calls of the REST API: keys, problems, pages, deadlines. */

import { askForKey, authorization } from "./key.js";

const ROOT = "/api/v1";
const SECONDS = 20;

/** The API said no, in its own words. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.code = body.code;
    this.field = body.field;
  }
}

/** No answer, or none that tells anything: asking again may help. */
export class Unreachable extends Error {}

/** Paths of one segment each; a file's name keeps its slashes. */
export const path = (...parts) => ROOT + parts.map((part) => `/${encodeURIComponent(part)}`).join("");
export const containerFiles = (container) => `${path("batch", "containers", container)}/files`;
export const filePath = (container, name) =>
  `${containerFiles(container)}/${name.split("/").map(encodeURIComponent).join("/")}`;

/** The server's clock minus ours, in milliseconds: ages are told by the server's clock. */
let clockOffset = 0;
export const serverNow = () => Date.now() + clockOffset;

/**
 * One call. Gives the response when it is 2xx or 304; raises Problem or Unreachable, or AbortError when
 * `signal` ended it. `tag` becomes If-None-Match, `json` the body.
 */
export async function call(url, { method = "GET", json, headers = {}, signal, tag, seconds = SECONDS } = {}) {
  for (;;) {
    const sent = { ...headers, ...authorization() };
    if (json !== undefined) sent["Content-Type"] = "application/json";
    if (tag) sent["If-None-Match"] = tag;
    const body = json === undefined ? undefined : JSON.stringify(json);
    const response = await reach(url, { method, headers: sent, body, cache: "no-store" }, signal, seconds);
    if (response.status === 401 && (await askForKey())) continue;
    if (!response.ok && response.status !== 304) throw await refusal(response);
    noteClock(response);
    return response;
  }
}

async function reach(url, options, signal, seconds) {
  const limits = [AbortSignal.timeout(seconds * 1000), ...(signal ? [signal] : [])];
  try {
    return await fetch(url, { ...options, signal: AbortSignal.any(limits) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("The server does not answer.");
  }
}

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  if (response.status >= 500 || response.status === 429) {
    return new Unreachable(body.detail || `The server answered ${response.status}.`);
  }
  return new Problem(response.status, body);
}

function noteClock(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (date) clockOffset = date - Date.now();
}

export async function getJson(url, signal) {
  return body(await call(url, { signal }));
}

/** A body that breaks off is no answer. */
export async function body(response) {
  try {
    return await response.json();
  } catch {
    throw new Unreachable("The answer broke off.");
  }
}

/** One page of a list: its items, and the path of the next page or null. */
export async function getPage(url, signal) {
  const response = await call(url, { signal });
  return { items: await body(response), next: nextOf(response.headers.get("Link")) };
}

export function nextOf(header) {
  return header?.match(/<([^>]+)>\s*;\s*rel="?next"?/)?.[1] ?? null;
}

/** All items of a list, at most `most`; `more` tells whether some are left. */
export async function getAll(url, signal, most) {
  const items = [];
  let next = url;
  while (next && items.length < most) {
    const page = await getPage(next, signal);
    items.push(...page.items);
    next = page.next;
  }
  return { items, more: next !== null };
}

export async function post(url, { json, headers, signal, seconds } = {}) {
  return body(await call(url, { method: "POST", json, headers, signal, seconds }));
}
