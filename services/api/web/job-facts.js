/** What was asked for: containers, languages, filters, times. */

import { h, keyed, say } from "./dom.js";
import { languageWithTag, moment, number } from "./format.js";
import { optionsInWords, ownOptions } from "./own-options.js";

const IF_EXISTS = {
  skip_unchanged: "skip unchanged files",
  overwrite: "translate everything again",
  fail: "fail where a translation exists",
};

export function jobFacts() {
  const list = h("dl", { class: "facts" });
  const create = ([name]) => h("div", {}, h("dt", {}, name), h("dd", {}));
  const fill = (item, [, text]) => say(item.lastChild, text);
  const update = (job) => keyed(list, facts(job), ([name]) => name, create, fill);
  return { element: h("section", { class: "card", "aria-label": "What was asked for" }, list), update };
}

function facts(job) {
  const options = job.options;
  const own = optionsInWords(ownOptions(options));
  const most = options.max_characters ?? job.max_characters;
  const limit = most ? ` of at most ${number(most)}` : "";
  const terms = Object.entries(options.dictionary ?? {}).map(([term, meaning]) => `${term} = ${meaning}`);
  const kept = options.do_not_translate ?? [];
  return [
    ["From", `${job.source_container}/${options.prefix}`],
    ["To", `${job.target_container}/${options.target_prefix}`],
    [
      "Languages",
      `${languageWithTag(job.source_language)} → ${job.target_languages.map((tag) => target(tag, job.via)).join(", ")}`,
    ],
    ["Characters", `${number(job.characters)}${limit}`],
    ["Engine", options.engine],
    ["Created", moment(job.created_at)],
    ["Ended", job.completed_at ? moment(job.completed_at) : "–"],
    ["If there already", IF_EXISTS[options.if_exists] ?? options.if_exists],
    options.include.length > 0 && ["Include", options.include.join(", ")],
    options.exclude.length > 0 && ["Exclude", options.exclude.join(", ")],
    terms.length > 0 && ["Dictionary", shortened(terms)],
    kept.length > 0 && ["Not translated", shortened(kept)],
    options.files.length > 0 && ["Files", shortened(options.files)],
    own && ["Options", own],
    job.notification && ["Notification", told(job.notification)],
    job.retries > 0 && ["Retries", number(job.retries)],
    ["Job id", job.job_id],
  ].filter(Boolean);
}

function told({ host, status, attempts, last_error: error }) {
  const tries = attempts > 1 || error ? `, ${number(attempts)} attempts` : "";
  return `${host}: ${status}${tries}${error ? `, ${error}` : ""}`;
}

const target = (tag, via) => languageWithTag(tag) + (via?.[tag] ? ` via ${languageWithTag(via[tag])}` : "");

function shortened(names) {
  const more = names.length > 5 ? ` and ${number(names.length - 5)} more` : "";
  return names.slice(0, 5).join(", ") + more;
}
