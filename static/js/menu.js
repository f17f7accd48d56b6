/* Menus are <details data-menu>: they work without this. Here: one open at a time, a click outside or Esc closes,
   arrows move, and a choice made with the pointer closes the menu of a [data-closes] list. */
const opened = () => document.querySelectorAll("details[data-menu][open]");

function close(menu, andFocus) {
  menu.open = false;
  if (andFocus) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of opened()) if (!menu.contains(event.target)) close(menu);
  const list = event.detail > 0 && event.target.closest("[data-closes]");
  if (list && event.target.closest("label, button, a")) close(list.closest("details"), true);
});

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details[data-menu][open]")) return;
  for (const menu of opened()) if (menu !== event.target) close(menu);
  event.target.querySelector(".menu :checked")?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    close(menu, true);
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && !event.target.matches("input, textarea, select")) {
    const items = [...menu.querySelectorAll(".menu :is(a, button, input):not(:disabled, [hidden])")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    items.at((items.indexOf(document.activeElement) + step + items.length) % items.length)?.focus();
    event.preventDefault();
  } else if (event.key === "Enter" && event.target.matches("input[type=radio]")) {
    event.preventDefault();
    close(menu, true);
  }
}, true);
