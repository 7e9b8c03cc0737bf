/** What a person should know about a job beside its figures: why it waits, what stands in its way. */

import { serverNow } from "./api.js";
import { announce, h, say, show } from "./dom.js";
import { clock, duration } from "./format.js";

const QUEUED_SECONDS = 30;
const STILL_SECONDS = 60;

export function jobNotes() {
  const kinds = { error: "bad", blocked: "bad", waiting: "warn", throttled: "info" };
  const boxes = Object.fromEntries(
    Object.entries(kinds).map(([name, tone]) => [
      name,
      h("div", { class: `note ${tone}`, hidden: true }, h("p", { class: "note-title" }), h("p", {})),
    ]),
  );
  const update = (job) => {
    const told = {
      error: failure(job),
      blocked: blocked(job),
      waiting: waiting(job),
      throttled: throttled(job),
    };
    for (const [name, box] of Object.entries(boxes)) {
      if (box.hidden && told[name]) announce(told[name].join(". "));
      show(box, told[name] !== null);
      if (told[name]) box.childNodes.forEach((line, place) => say(line, told[name][place] ?? ""));
    }
  };
  return { element: h("div", { class: "notes" }, ...Object.values(boxes)), update };
}

function failure(job) {
  return job.error ? ["The job ended early", job.error] : null;
}

function blocked(job) {
  if (!job.blocked_reason || job.completed_at) return null;
  const advice =
    "Nothing is lost: the job waits. Mend the cause (key, quota or address of the engine) and it goes on.";
  return ["The translation engine refuses to work", `${job.blocked_reason}. ${advice}`.replace("..", ".")];
}

function throttled(job) {
  if (!job.throttled_until || new Date(job.throttled_until) < serverNow()) return null;
  return [`Throttled by the engine until ${clock(job.throttled_until)}`, "The job goes on by itself then."];
}

function waiting(job) {
  if (job.completed_at || job.blocked_reason) return null;
  const seconds = (serverNow() - new Date(job.updated_at)) / 1000;
  if (job.status === "queued" && seconds > QUEUED_SECONDS) {
    return [
      `Nobody has taken up this job for ${duration(seconds)}`,
      "No dispatcher may be running, or it cannot reach storage; look at its log and at /readyz. " +
        "If it runs, the queue of files may be long: jobs take turns.",
    ];
  }
  if (job.status !== "queued" && seconds > STILL_SECONDS) {
    return [
      `No file has ended for ${duration(seconds)}`,
      "No worker may be running, the engine may be slow or unreachable, or files of other jobs come first. " +
        "Look at the workers' logs.",
    ];
  }
  return null;
}
