/** Which screen the address names, and how one follows another. */

import { announce, h } from "./dom.js";
import { setUpKey } from "./key.js";
import { dropQuestion } from "./notes.js";
import { compare } from "./screens/compare.js";
import { job } from "./screens/job.js";
import { jobs } from "./screens/jobs.js";
import { newJob } from "./screens/new-job.js";
import { upload } from "./screens/upload.js";

const ROUTES = [
  [/^\/jobs$/, jobs],
  [/^\/jobs\/([^/]+)$/, job],
  [/^\/jobs\/([^/]+)\/compare\/([^/]+)$/, compare],
  [/^\/new$/, newJob],
  [/^\/upload$/, upload],
];

let leaving = new AbortController();

/** A screen is a function of `{ parts, query, signal, setTitle }` that gives its element at once. */
function open(isFirst) {
  const [path, search] = location.hash.replace(/^#/, "").split("?", 2);
  dropQuestion();
  leaving.abort(new DOMException("another screen was opened", "AbortError"));
  leaving = new AbortController();
  const found = ROUTES.map(([pattern, screen]) => [pattern.exec(path || "/jobs"), screen]).find(
    ([hit]) => hit,
  );
  const context = {
    parts: found ? found[0].slice(1).map(decoded) : [],
    query: new URLSearchParams(search),
    signal: leaving.signal,
    setTitle: (text) => (document.title = `${text} · Batch Translation`),
  };
  const main = document.getElementById("main");
  main.replaceChildren(found ? found[1](context) : nowhere(context));
  markNavigation(path || "/jobs");
  if (isFirst) return;
  scrollTo(0, 0);
  const heading = main.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
}

/** What somebody typed into the address may be no encoding at all. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function nowhere({ setTitle }) {
  setTitle("Not found");
  announce("There is no such page");
  return h("section", {}, h("h1", {}, "Nothing here"), h("p", {}, h("a", { href: "#/jobs" }, "To the jobs")));
}

function markNavigation(path) {
  for (const link of document.querySelectorAll("nav a")) {
    const isHere = link.hash === `#${path}`;
    const isAbove = path.startsWith(`${link.hash.slice(1)}/`);
    if (isHere || isAbove) link.setAttribute("aria-current", isHere ? "page" : "true");
    else link.removeAttribute("aria-current");
  }
}

document.getElementById("skip").addEventListener("click", (event) => {
  // The address holds the screen: it must not become "#main".
  event.preventDefault();
  document.getElementById("main").focus();
});
addEventListener("hashchange", () => open(false));
setUpKey();
open(true);
