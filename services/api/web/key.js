/** The API key, or a token in its place: asked for when the server wants one, kept in this tab, sent with every call. */

const PLACE = "batch-translation-key";
let asking = null;

export function authorization() {
  const key = sessionStorage.getItem(PLACE);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Resolves to true when a key was given, false when the person declined. Calls at once share one dialog. */
export function askForKey() {
  asking ??= ask().finally(() => (asking = null));
  return asking;
}

function ask() {
  const dialog = document.getElementById("key-dialog");
  const input = document.getElementById("key-input");
  const refused = sessionStorage.getItem(PLACE) !== null;
  document.getElementById("key-why").textContent = refused
    ? "The server does not accept this key or token, or it has expired. Give another one."
    : "This server asks for a key or a token.";
  input.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      const given = dialog.returnValue === "ok" && input.value.trim() !== "";
      if (given) sessionStorage.setItem(PLACE, input.value.trim());
      input.value = "";
      showKeyState();
      resolve(given);
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}

export function showKeyState() {
  document.getElementById("forget-key").hidden = sessionStorage.getItem(PLACE) === null;
}

export function setUpKey() {
  document.getElementById("key-cancel").addEventListener("click", () => {
    document.getElementById("key-dialog").close("cancel");
  });
  document.getElementById("forget-key").addEventListener("click", () => {
    sessionStorage.removeItem(PLACE);
    location.reload();
  });
  showKeyState();
}
