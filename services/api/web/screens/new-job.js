/** A new job: what to translate, into what, and what that would be before it runs. */

import { Problem, getJson, path, post } from "../api.js";
import { containerNames } from "../containers.js";
import { patiently } from "../connection.js";
import { announce, h } from "../dom.js";
import { estimateView } from "../estimate.js";
import { jobForm } from "../job-form.js";
import { catalog } from "../languages.js";
import { empty, errorNote } from "../notes.js";

/** In synchronous mode the answer comes when the job has ended (seconds). */
const SUBMIT_SECONDS = 600;
const ESTIMATE_SECONDS = 60;

export function newJob({ query, signal, setTitle }) {
  setTitle("New job");
  const place = h("div", {});
  const load = () => {
    place.replaceChildren(h("div", { class: "loading" }, "Loading containers and languages…"));
    open(query.get("from"), place, signal).catch(
      (error) => signal.aborted || place.replaceChildren(errorNote(error, load)),
    );
  };
  load();
  return h("section", { class: "stack" }, h("h1", {}, "New job"), place);
}

async function open(from, place, signal) {
  const get = (...parts) => patiently(() => getJson(path(...parts), signal), signal);
  const [names, engines, formats, model] = await Promise.all([
    containerNames(signal),
    get("engines"),
    from ? get("formats") : [],
    from && get("batch", "jobs", from),
  ]);
  const isThere = engines.some((engine) => engine.name === model?.options.engine);
  const first = await catalog(signal, isThere ? model.options.engine : null);
  const known = { names, engines, formats, first, model };
  place.replaceChildren(names.length ? screen({ ...known, signal }) : noContainers());
}

function noContainers() {
  return empty(
    "There is nothing to translate yet",
    h(
      "p",
      {},
      "A job reads its documents from a container. Upload some first: the container is made for you.",
    ),
    h("p", { class: "actions" }, h("a", { class: "button primary", href: "#/upload" }, "Upload documents")),
  );
}

function screen({ signal, ...known }) {
  const fault = h("div", {});
  const estimate = estimateView();
  const form = jobForm({ ...known, signal, onChange: estimate.outdate, onFault: tell });
  const asks = h("button", { type: "button", onclick: () => attempt(askEstimate) }, "Estimate");
  const starts = h("button", { type: "submit", class: "primary" }, "Start job");
  const sent = { body: "", key: "" };
  form.element.addEventListener("submit", (event) => (event.preventDefault(), attempt(start)));
  form.element.append(fault, h("div", { class: "actions form-actions" }, starts, asks), estimate.element);

  function tell(error) {
    fault.replaceChildren(errorNote(error));
  }

  async function attempt(work) {
    if (!form.isValid()) return;
    fault.replaceChildren();
    form.clearFaults();
    asks.disabled = starts.disabled = true;
    try {
      await work(form.request());
    } catch (error) {
      if (signal.aborted) return;
      tell(error);
      if (error instanceof Problem) form.markFault(error.field);
    } finally {
      asks.disabled = starts.disabled = false;
    }
  }

  async function askEstimate(request) {
    estimate.wait();
    try {
      estimate.fill(
        await post(path("batch", "estimates"), { json: request, signal, seconds: ESTIMATE_SECONDS }),
      );
    } catch (error) {
      estimate.clear();
      throw error;
    }
  }

  async function start(request) {
    const headers = { "Idempotency-Key": keyFor(request, sent) };
    const job = await post(path("batch", "jobs"), {
      json: request,
      headers,
      signal,
      seconds: SUBMIT_SECONDS,
    });
    announce("The job is accepted");
    location.hash = `#/jobs/${encodeURIComponent(job.job_id)}`;
  }

  return form.element;
}

/** The same request sent again, after an answer that was lost, must not become a second job. */
function keyFor(request, sent) {
  const body = JSON.stringify(request);
  if (body !== sent.body) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    Object.assign(sent, {
      body,
      key: [...random].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    });
  }
  return sent.key;
}
