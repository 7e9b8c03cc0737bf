/** Where the translation of a file lies: as the server decides it in libs/jobs/selection.py. */

export function targetName(job, file) {
  const folder = job.target_languages.length === 1 ? "" : `${file.language}/`;
  return job.options.target_prefix + folder + file.name;
}

/** Language and name out of a file task's id, null for what is none. */
export function fileOfId(id) {
  try {
    const bytes = Uint8Array.from(atob(id.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
    const [, language, name] = new TextDecoder("utf-8", { fatal: true })
      .decode(bytes)
      .match(/^([^:]+):([^]+)$/);
    return { id, language, name };
  } catch {
    return null;
  }
}
