/* System, Light, Dark: at once on this page, and kept for the person by the server. */
import { post } from "./send.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch] button");
  if (!button) return;
  const group = button.closest("[data-theme-switch]");
  document.documentElement.dataset.theme = button.value;
  for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  if (group.dataset.themeUrl) post(group.dataset.themeUrl, { theme: button.value });
});
