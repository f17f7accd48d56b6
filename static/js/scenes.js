/* One scene (ui.md section 2): its clips play one after another as they are cut; both ends are cut with handles, by
   pointer or arrows; clips are carried to another place. Without this the fields and buttons below the row do it. */
import { announce } from "./live.js";
import { post } from "./send.js";

const player = document.querySelector("[data-scene-player]");
const part = (name) => player.querySelector(`[data-part=${name}]`);
const places = () => [...document.querySelectorAll("[data-place]")];
const told = (place, name) => Number(place.dataset[name]);
const kept = (place) => told(place, "length") - told(place, "start") - told(place, "end");
const sum = (list) => list.reduce((all, place) => all + kept(place), 0);
const spell = (s) => `${Math.floor(s / 60)}:${(Math.floor((s % 60) * 10) / 10).toFixed(1).padStart(4, "0")}`;

/* --- play: one video is seen, the other one loads what comes next --------------------------------------- */
let [seen, next] = player.querySelectorAll("video");
let here = 0;

function load(video, { dataset }) {
  if (video.dataset.of === dataset.file) return;
  video.dataset.of = video.src = dataset.file;
  video.poster = dataset.poster;
  video.preload = "auto";
}

function show(at, second = 0, play = false) {
  const list = places(), place = list[at];
  if (!place) return;
  here = at;
  if (next.dataset.of === place.dataset.file && seen.dataset.of !== place.dataset.file) {
    [seen, next] = [next, seen];
    next.pause();
    seen.hidden = false;
    next.hidden = true;
  }
  load(seen, place);
  const go = () => { seen.currentTime = told(place, "start") + second; };
  if (seen.readyState) go();
  else seen.addEventListener("loadedmetadata", go, { once: true });
  if (list[at + 1]) load(next, list[at + 1]);
  if (play) seen.play().catch(() => {});
  else seen.pause();
  tell();
}

/* Where the whole film stands: what lies before, and how far this clip has come. */
function tell() {
  const list = places(), place = list[here], total = sum(list), runs = !seen.paused;
  const now = place ? sum(list.slice(0, here)) + Math.min(kept(place), Math.max(0, seen.currentTime - told(place, "start"))) : 0;
  part("time").textContent = spell(now);
  part("total").textContent = spell(total);
  const track = part("track"), button = part("play");
  track.max = total;
  track.value = now;
  track.style.setProperty("--done", `${total ? (now / total) * 100 : 0}%`);
  track.setAttribute("aria-valuetext", `${spell(now)} of ${spell(total)}`);
  button.title = button.ariaLabel = runs ? "Pause (Space)" : "Play (Space)";
  button.ariaPressed = String(runs);
  for (const icon of button.querySelectorAll("[data-when]")) icon.toggleAttribute("hidden", (icon.dataset.when === "on") !== runs);
  for (const one of list) one.classList.toggle("now", runs && one === place);
}

function follow() {
  const place = places()[here];
  if (place && (seen.ended || (!seen.paused && seen.currentTime >= told(place, "length") - told(place, "end") - 0.02))) {
    if (places()[here + 1]) show(here + 1, 0, true);
    else show(0);
  } else tell();
  if (!seen.paused) requestAnimationFrame(follow);
}

function toggle() {
  if (!seen.paused) return seen.pause();
  const place = places()[here], at = seen.currentTime - told(place, "start");
  show(here, at > 0 && at < kept(place) ? at : 0, true);
}

for (const video of [seen, next]) for (const moved of ["play", "pause", "ended"]) video.addEventListener(moved, (event) => event.target === seen && follow());
for (const name of ["play", "screen"]) part(name).addEventListener("click", toggle);
part("track").addEventListener("input", () => {
  let left = Number(part("track").value);
  const list = places(), at = list.findIndex((place) => (left -= kept(place)) < 0);
  if (at >= 0) show(at, left + kept(list[at]), !seen.paused);
});

/* --- cut ----------------------------------------------------------------------------------------------- */
const keysOf = ({ dataset }) => (document.querySelector("#scene-dock [name=where]:checked")?.value === "here" && dataset.keys ? dataset.keys.split(" ").map(Number) : null);

function cut(place, side, seconds) {
  const length = told(place, "length"), most = length - told(place, side === "start" ? "end" : "start") - 0.5;
  let to = Math.min(most, Math.max(0, seconds));
  // Joined here a clip can begin at a key frame only: the handle goes from one to the next.
  const keys = side === "start" && keysOf(place)?.filter((key) => key <= most);
  if (keys) to = keys.reduce((best, key) => (Math.abs(key - to) < Math.abs(best - to) ? key : best), 0);
  const text = place.dataset[side] = to.toFixed(1);
  const share = (text / length) * 100, shade = place.querySelector(`[data-cut=${side}]`), grip = place.querySelector(`[data-grip=${side}]`);
  shade.setAttribute("width", `${share}%`);
  if (side === "end") shade.setAttribute("x", `${100 - share}%`);
  place.querySelector(".long").textContent = `${kept(place).toFixed(1)} s`;
  place.querySelector(`[name=${side}]`).value = grip.ariaValueNow = text;
  grip.ariaValueText = `${text} seconds cut off`;
  settle(place);
  show(places().indexOf(place), side === "start" ? 0 : kept(place) - 0.04);
}

/* Handles stand where the cuts are. */
function settle(place) {
  for (const grip of place.querySelectorAll(".grip")) {
    const moved = (told(place, grip.dataset.grip) / told(place, "length")) * place.clientWidth;
    grip.style.setProperty("--at", `${grip.dataset.grip === "start" ? moved : -moved}px`);
  }
}

const save = (place) => place.querySelector("form").requestSubmit();

/* --- pointers: a handle is pulled, a clip is carried ------------------------------------------------------ */
let held, dropped = 0;

document.addEventListener("pointerdown", (event) => {
  const place = event.target.closest("[data-place]"), grip = event.target.closest(".grip");
  if (!place || event.button) return;
  if (grip) {
    event.preventDefault();
    place.querySelector("[type=radio]").checked = true;
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    held = { place, x: event.clientX, side: grip.dataset.grip, from: told(place, grip.dataset.grip) };
  } else if (event.pointerType === "mouse" && event.target.closest(".shot") && place.parentElement.dataset.orderUrl) held = { place, x: event.clientX };
});
document.addEventListener("pointermove", (event) => {
  if (!held) return;
  const { place, side, x, from } = held, moved = event.clientX - x;
  if (side) cut(place, side, from + ((side === "start" ? moved : -moved) / place.clientWidth) * told(place, "length"));
  else if (held.to || Math.abs(moved) > 6) carry(event.clientX);
});
for (const over of ["pointerup", "pointercancel"]) document.addEventListener(over, () => {
  const { place, side, to } = held ?? {};
  held = undefined;
  if (side) save(place);
  else if (to) drop(place, to);
});
document.addEventListener("click", (event) => { if (performance.now() - dropped < 200) event.preventDefault(); }, true);

function carry(x) {
  const list = places(), under = list.find((one) => x < one.getBoundingClientRect().right) ?? list.at(-1);
  const box = under.getBoundingClientRect();
  held.to = { under, side: x < box.left + box.width / 2 ? "before" : "after" };
  mark(held.place, held.to);
}

function mark(place, { under, side } = {}) {
  for (const one of places()) one.classList.remove("carried", "before", "after");
  if (!under) return;
  place.classList.add("carried");
  if (under !== place) under.classList.add(side);
}

async function drop(place, { under, side }) {
  dropped = performance.now();
  mark(place);
  if (under === place) return;
  const row = place.parentElement;
  under[side](place);
  const answer = await post(row.dataset.orderUrl, { order: places().map((one) => one.dataset.place).join() });
  if (answer.ok) htmx.swap("#scene", await answer.text(), { swapStyle: "outerHTML" });
  else location.reload();
  renew();
}

/* --- keys ------------------------------------------------------------------------------------------------- */
document.addEventListener("keydown", (event) => {
  if (event.key === " " && !event.target.matches("input, textarea, select, button, a, summary")) {
    event.preventDefault();
    return toggle();
  }
  const place = event.target.closest?.("[data-place]"), way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!place || !way) return;
  const side = event.target.dataset.grip;
  if (event.altKey) place.querySelector(`[value=${way < 0 ? "earlier" : "later"}]`).click();
  else if (side) {
    const now = told(place, side), keys = side === "start" && keysOf(place);
    const step = (side === "start" ? way : -way) * (event.shiftKey ? 1 : 0.1);
    cut(place, side, keys ? (way > 0 ? keys.find((key) => key > now) : keys.findLast((key) => key < now)) ?? now : now + step);
    clearTimeout(place.saving);
    place.saving = setTimeout(save, 700, place);
  } else return;
  event.preventDefault();
});

/* --- after every change: handles, total, the way that was chosen ------------------------------------------ */
let way;
document.addEventListener("change", ({ target }) => {
  if (target.name === "where") way = target.value;
  if (target.name === "place") show(places().findIndex((one) => one.contains(target)));
});

function renew() {
  const list = places(), again = way && document.querySelector(`#scene-dock [value=${way}]:enabled`);
  if (again) again.checked = true;
  list.forEach(settle);
  if (focus) document.querySelector(focus)?.focus();
  focus = "";
  player.hidden = !list.length;
  if (!list.length) return;
  player.className = player.className.replace(/r\d+/, list[0].className.match(/r\d+/));
  if (seen.paused) show(Math.min(here, list.length - 1));
}
/* Handles carry no id, or htmx would copy their style attribute, which the policy forbids: so the focus is kept here. */
let focus;
document.addEventListener("htmx:beforeSwap", () => {
  const { dataset, parentElement } = document.activeElement;
  focus = dataset.grip && `#${parentElement.id} [data-grip=${dataset.grip}]`;
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const list = places(), at = list.findIndex((place) => place.querySelector(":checked"));
  if (/er$/.test(detail.requestConfig?.parameters?.do) && at >= 0) announce(`${list[at].dataset.label} is now ${at + 1} of ${list.length}.`);
  renew();
});
document.addEventListener("htmx:oobAfterSwap", renew);
addEventListener("resize", () => places().forEach(settle));
renew();
