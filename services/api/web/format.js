/** Figures, times and names as people read them. */

const NUMBER = new Intl.NumberFormat("en");
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const LANGUAGE = new Intl.DisplayNames(["en"], { type: "language" });

export const number = (value) => NUMBER.format(value);
export const compact = (value) => (value < 10000 ? NUMBER.format(value) : SHORT.format(value));
export const moment = (time) => MOMENT.format(new Date(time));
export const clock = (time) => CLOCK.format(new Date(time));

export function count(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  const unit = size < 1e6 ? [1e3, "kB"] : size < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(size / unit[0]).toFixed(size / unit[0] < 10 ? 1 : 0)} ${unit[1]}`;
}

/** Seconds as `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

export function ago(time, now) {
  const seconds = Math.max(0, (now - new Date(time)) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

/** `Spanish`, or the tag itself where the browser has no name for it; null is what an engine finds out. */
export function language(tag) {
  if (tag === null) return "Detected language";
  try {
    return LANGUAGE.of(tag.replaceAll("_", "-")) ?? tag;
  } catch {
    return tag;
  }
}

export function languageWithTag(tag) {
  const name = language(tag);
  return name === tag || tag === null ? name : `${name} (${tag})`;
}

const STATUS = {
  queued: "Queued",
  processing: "Translating",
  cancelling: "Cancelling",
  completed: "Completed",
  completed_with_errors: "Completed with errors",
  failed: "Failed",
  cancelled: "Cancelled",
  pending: "Pending",
  succeeded: "Translated",
  skipped: "Skipped",
};

export const JOB_STATUSES = [
  "queued",
  "processing",
  "cancelling",
  "completed",
  "completed_with_errors",
  "failed",
  "cancelled",
];

export const status = (word) => STATUS[word] ?? word;

export const title = (job) => job.name || `${job.source_container} → ${job.target_container}`;
