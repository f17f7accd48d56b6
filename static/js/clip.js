/* The clip page: arrows go through the search result, Esc goes back to the same place on the wall. */
import "./steps.js";

const step = (name) => document.querySelector(`[data-step=${name}]`);

/* Coming from the wall (gallery.js says so), the browser's own way back keeps scroll and focus. */
function back(link) {
  if (sessionStorage.getItem("wall") === "yes" && history.length > 1) history.back();
  else location.assign(link.href);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, dialog, details[open]") || document.fullscreenElement) return;
  if (event.key === "Escape") return back(document.querySelector("[data-back]"));
  const link = { ArrowLeft: step("previous"), ArrowRight: step("next") }[event.key];
  if (!link) return;
  event.preventDefault();
  location.replace(link.href);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-back], [data-step], .siblings a");
  if (!link && event.target.closest("a[href]")) sessionStorage.removeItem("wall");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (link.matches("[data-back]")) back(link);
  else location.replace(link.href);
});

/* The neighbours are fetched ahead when there is nothing else to do. */
if (!navigator.connection?.saveData) {
  const ahead = () => {
    for (const link of document.querySelectorAll("[data-step]"))
      document.head.append(Object.assign(document.createElement("link"), { rel: "prefetch", href: link.href }));
  };
  (window.requestIdleCallback ?? setTimeout)(ahead);
}
