/* @ in the prompt: what is meant is marked behind the text, and typing @ lists what can be meant. Loaded with the first @. */
const form = document.querySelector("[data-dock]"), prompt = form.elements.prompt;
const echo = Object.assign(document.createElement("div"), { className: "echo" });
const list = Object.assign(document.createElement("ul"), { className: "menu up mentions", id: "mentions", hidden: true });
const gone = new Set();
let names = [], shown = [], picked = 0, choose = () => {};

echo.setAttribute("aria-hidden", "true");
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Ingredients and characters");
prompt.before(echo);
form.append(list);
for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-controls": "mentions", "aria-expanded": "false" })) prompt.setAttribute(name, value);

const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/* Names that stand for something are chips; numbers and removed names that stand for nothing any more are underlined. */
function mark() {
  const known = names.map(([name]) => name.toLowerCase()), words = [...names.map(([name]) => name), ...gone].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(?<![\\w@])@(${[...words.map(plain), "\\d{1,2}", "(?:reference\\w*|character)_\\d+"].join("|")})(?!\\w)`, "giu");
  echo.textContent = "";
  let end = 0;
  for (const found of prompt.value.matchAll(pattern)) {
    echo.append(prompt.value.slice(end, found.index));
    const lost = !known.includes(found[1].toLowerCase());
    echo.append(Object.assign(document.createElement("mark"), { textContent: found[0], className: lost ? "lost" : "" }));
    end = found.index + found[0].length;
  }
  echo.append(`${prompt.value.slice(end)}\n`);
  echo.scrollTop = prompt.scrollTop;
}

/* names: [[name, what stands behind it, {name, url}, put it in its slot first]] of this moment. */
export function mentions(now, others, put) {
  const before = names.map(([name]) => name);
  names = now;
  for (const name of before) if (!now.some(([one]) => one === name)) gone.add(name);
  for (const [name] of now) gone.delete(name);
  choose = put;
  mentions.others = others;
  mark();
  offer();
}

function typed() {
  const before = prompt.value.slice(0, prompt.selectionStart);
  return prompt.selectionStart === prompt.selectionEnd ? before.match(/(?<![\w@])@([\p{L}\p{N}_ -]{0,30})$/u)?.[1] : undefined;
}

function offer() {
  const word = document.activeElement === prompt ? typed()?.toLowerCase() : undefined;
  const all = [...names, ...(mentions.others ?? []).map((thing) => [thing.name, thing])];
  shown = word === undefined ? [] : all.filter(([name, thing]) => `${name} ${thing.name}`.toLowerCase().split(" ").some((part) => part.startsWith(word)) || name.toLowerCase().startsWith(word));
  picked = 0;
  draw();
}

function draw() {
  list.hidden = !shown.length;
  prompt.setAttribute("aria-expanded", String(!list.hidden));
  list.replaceChildren(...shown.map(([name, thing], place) => {
    const item = Object.assign(document.createElement("li"), { id: `mention-${place}` });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(place === picked));
    if (thing.url) item.append(Object.assign(new Image(), { src: thing.url, alt: "" }));
    const label = Object.assign(document.createElement("b"), { textContent: `@${name}` }), what = Object.assign(document.createElement("small"), { textContent: thing.note ?? (thing.name === name ? "" : thing.name) });
    item.append(label, what);
    return item;
  }));
  if (list.hidden) prompt.removeAttribute("aria-activedescendant");
  else prompt.setAttribute("aria-activedescendant", `mention-${picked}`);
}

function take(place) {
  const [name, thing] = shown[place], from = prompt.selectionStart - typed().length;
  if (!names.some(([one]) => one === name)) choose(thing);
  prompt.setRangeText(`${name} `, from, prompt.selectionStart, "end");
  shown = [];
  draw();
  prompt.focus();
  prompt.dispatchEvent(new Event("input", { bubbles: true }));
}

prompt.addEventListener("input", () => { mark(); offer(); });
prompt.addEventListener("click", offer);
prompt.addEventListener("scroll", () => { echo.scrollTop = prompt.scrollTop; });
prompt.addEventListener("blur", () => { shown = []; draw(); });
prompt.addEventListener("keydown", (event) => {
  if (list.hidden || event.ctrlKey || event.metaKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) { picked = (picked + step + shown.length) % shown.length; draw(); }
  else if (event.key === "Enter" || event.key === "Tab") take(picked);
  else if (event.key === "Escape") { shown = []; draw(); }
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
list.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  const item = event.target.closest("li");
  if (item) take([...list.children].indexOf(item));
});
