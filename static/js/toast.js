/* Short notes at the bottom right: 6 s, 10 s with something to undo, at most two, waiting while one reads them.
   The server says one with the header HX-Trigger: {"toast": {"text": "…", "undo": "/_/…"}}. */
import { post } from "./send.js";

const area = document.getElementById("toasts");

export function toast(text, { action = "", run = null, seconds = action ? 10 : 6 } = {}) {
  const note = document.createElement("div");
  note.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  note.append(words);
  if (action) {
    const button = document.createElement("button");
    button.textContent = action;
    button.addEventListener("click", () => { note.remove(); run?.(); });
    note.append(button);
  }
  area?.append(note);
  live(note, seconds);
  return note;
}

function live(note, seconds) {
  while (area.children.length > 2) area.firstElementChild.remove();
  note.setAttribute("role", "group");
  let timer;
  const start = () => { timer = setTimeout(() => note.remove(), seconds * 1000); };
  const stop = () => clearTimeout(timer);
  for (const [on, what] of [["mouseenter", stop], ["focusin", stop], ["mouseleave", start], ["focusout", start]])
    note.addEventListener(on, what);
  start();
}

for (const note of document.querySelectorAll("[data-toast]")) live(note, 6);

document.addEventListener("toast", (event) => {
  const { text, undo } = event.detail;
  if (!undo) toast(text);
  else toast(text, { action: "Undo", run: () => post(undo, {}).then(() => document.dispatchEvent(new Event("flowsite:poll"))) });
});
document.addEventListener("htmx:responseError", () => toast("That did not work. Nothing was sent twice. Try again."));
document.addEventListener("htmx:sendError", () => toast("No connection. Try again when it is back."));
