/* Shortcuts (ui.md section 15). A key clicks or focuses what is there; what is not on the page does nothing and is not
   listed. Single keys never fire in a field and can be switched off (<html data-single-keys="off">). */
const KEYS = [
  ["/", "Search", "[data-key='/']"],
  ["n", "Write a prompt", "#prompt"],
  ["g c", "Go to Create", ".rail [href*='/create/']"],
  ["g g", "Go to Gallery", ".rail [href*='/gallery/']"],
  ["g s", "Go to Scenes", ".rail [href*='/scenes/']"],
  ["g q", "Go to Queue", ".rail [href*='/queue/']"],
  ["g u", "Go to Usage", ".rail [href*='/usage/']"],
  ["r", "Reuse prompt", "[data-act=reuse]"],
  ["R", "Reroll, the price is asked", "[data-act=reroll]"],
  ["e", "Extend", "[data-act=extend]"],
  ["u", "Use this frame", "[data-act=frame]"],
  ["d", "Download", "[data-act=download]"],
  ["f", "Favourite", "[data-act=favourite]"],
  ["p", "Keep", "[data-act=keep]"],
  ["x", "Not keep; on a wall: select", "[data-act=drop], .tile .pick input"],
  ["c", "Compare the selection", "[data-act=compare]"],
  ["Delete", "Move to trash, can be undone", "[data-act=trash]"],
];
const SAID = [
  ["Ctrl Enter", "Generate", "[data-dock]"],
  ["Ctrl ;", "Mode switch", "[data-dock]"],
  ["Arrows", "Move through pictures", "[data-roving]"],
  ["Enter", "Open", "[data-roving]"],
  ["Space", "Play or pause", "[data-player]"],
  ["m", "Mark to compare prompts", ".family"],
  [", .", "One frame back or forward", "[data-player]"],
  ["Esc", "Close, leave a field", "body"],
  ["?", "This list", "body"],
];
let afterG = 0;

const inField = (el) => el.matches?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");

/* The thing that has the focus comes first: a frame, then its card; else the page when it shows a single clip. */
function find(selector) {
  const near = document.activeElement?.closest(".frame, .tile, [data-row]")?.querySelector(selector)
    ?? document.activeElement?.closest("[data-card], [data-row]")?.querySelector(selector);
  if (near) return near;
  const all = [...document.querySelectorAll(selector)];
  return selector.includes("data-act") || selector.includes(".pick") ? (all.length === 1 || document.querySelector("[data-player]") ? all[0] : null) : all[0];
}

function press(selector) {
  const target = find(selector);
  if (!target) return false;
  if (inField(target)) target.focus();
  else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && inField(event.target) && !event.target.closest("dialog")) return event.target.blur();
  if (inField(event.target) || document.querySelector("dialog[open]")) return;
  if (document.documentElement.dataset.singleKeys === "off") return;
  if (event.key === "?") { event.preventDefault(); return sheet(); }
  const key = Date.now() - afterG < 1200 ? `g ${event.key}` : event.key;
  afterG = event.key === "g" && !key.startsWith("g ") ? Date.now() : 0;
  const row = KEYS.find(([name]) => name === key);
  if (row && press(row[2])) event.preventDefault();
});

document.addEventListener("click", (event) => { if (event.target.closest("[data-open-keys]")) sheet(); });

function sheet() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keyboard shortcuts");
  dialog.innerHTML = '<h2 class="t-20">Keyboard shortcuts</h2><p class="field"><input type="search" aria-label="Find a shortcut" placeholder="Find a shortcut"></p><div class="keys"></div><form method="dialog" class="end"><button class="btn line">Close</button></form>';
  const list = dialog.querySelector(".keys"), field = dialog.querySelector("input");
  const rows = [...KEYS, ...SAID].filter(([, , selector]) => document.querySelector(selector));
  const fill = () => {
    list.textContent = "";
    for (const [keys, words] of rows) {
      if (!`${keys} ${words}`.toLowerCase().includes(field.value.toLowerCase())) continue;
      const what = document.createElement("span"), how = document.createElement("span");
      what.textContent = words;
      for (const one of keys === "R" ? ["Shift", "r"] : keys.split(" ")) how.append(Object.assign(document.createElement("kbd"), { textContent: one }), " ");
      list.append(what, how);
    }
  };
  field.addEventListener("input", fill);
  dialog.addEventListener("close", () => dialog.remove());
  fill();
  document.body.append(dialog);
  dialog.showModal();
}
