/* Loaded on every page. Each module attaches itself and can be removed without breaking the page;
   what only some pages need is fetched when such a page is open. */
import "./menu.js";
import "./theme.js";
import "./toast.js";
import "./live.js";
import "./clock.js";
import "./poll.js";
import "./keys.js";
import "./ask.js";

const PARTS = [
  ["[data-dock]", () => import("./dock.js")],
  ["[data-player]", () => import("./player.js")],
  ["[data-scene-player]", () => import("./scenes.js")],
  ["[data-roving], [data-hover-play], [data-older]", () => import("./wall.js")],
];

/* data-attached tells that every part of this page listens: until then a key or a pointer may find nobody. */
async function pageParts() {
  await Promise.allSettled(PARTS.filter(([place]) => document.querySelector(place)).map(([, fetched]) => fetched()));
  document.documentElement.dataset.attached = "yes";
}

pageParts();
document.addEventListener("htmx:afterSettle", pageParts);

const head = document.querySelector("[data-head]");
if (head) addEventListener("scroll", () => head.classList.toggle("scrolled", scrollY > 4), { passive: true });

for (const button of document.querySelectorAll("[data-show-password]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.showPassword);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const { toast } = await import("./toast.js");
  await navigator.clipboard.writeText(button.dataset.copy);
  toast("Copied.");
});

/* Only the wall and the clip page move into each other; towards any other page the browser would abort, and call it an error. */
addEventListener("pageswap", ({ viewTransition, activation }) => {
  if (viewTransition && !/^\/(gallery|c)\//.test(new URL(activation?.entry?.url ?? location).pathname)) viewTransition.skipTransition();
  viewTransition?.ready.catch(() => {});
});
