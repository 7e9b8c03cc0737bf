/** What a job said in its `options`, told apart from the fields that its answer shows beside them. */

const FIELDS = new Set([
  "prefix",
  "include",
  "exclude",
  "files",
  "target_prefix",
  "if_exists",
  "engine",
  "max_characters",
  "dictionary",
  "do_not_translate",
]);

/** The options of the engine, of formats and of the job itself, by name. */
export function ownOptions(options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !FIELDS.has(name)));
}

export const optionsInWords = (options) =>
  Object.entries(options)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
