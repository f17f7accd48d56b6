/* The one poller of a page (ui.md section 19, stack.md 6.2).

   <div id="poll" data-poll-url="/_/changes/" data-version="812" data-now="1795512345"> asks for what is newer than its
   version, of the cards shown. 204: nothing. Else cards out of band, new cards as
   <div hx-swap-oob="afterbegin:#feed">, and #poll itself with the next version.
   Our own timer: htmx's trigger filters need eval, which the CSP forbids. */
import { outcome } from "./live.js";
import { toast } from "./toast.js";
import { getFragment } from "./send.js";

const FAST = 3000, CALM = 5000, CALM_AFTER = 120000, IDLE = 30000, MOST = 60000, IDS = 150;
let timer, failures = 0, asking = false, stirred = Date.now();
const held = new Map(); // card id -> the newer card, kept while the shown one plays or has an open menu
const above = []; // new cards that would push away what somebody is reading

const source = () => document.getElementById("poll");
const cards = (scope = document) => [...scope.querySelectorAll("[data-card]")];

function wait() {
  if (failures) return Math.min(MOST, FAST * 2 ** failures);
  if (document.hidden || !document.querySelector("[data-moving], [data-awaits-picture]")) return IDLE;
  return Date.now() - stirred > CALM_AFTER ? CALM : FAST;
}

function plan() {
  clearTimeout(timer);
  if (source()) timer = setTimeout(ask, wait() * (0.8 + Math.random() * 0.4));
}

async function ask() {
  const here = source();
  if (!here || asking) return;
  asking = true;
  const url = new URL(here.dataset.pollUrl, location.href);
  const moving = (card) => (card.hasAttribute("data-moving") ? 0 : 1);
  const shown = cards().sort((a, b) => moving(a) - moving(b)).slice(0, IDS);
  url.searchParams.set("v", here.dataset.version);
  url.searchParams.set("ids", shown.map((card) => card.dataset.card).join(","));
  try {
    const answer = await getFragment(url);
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return signedOut();
    if (answer.status === 200) {
      stirred = Date.now();
      htmx.swap(document.body, await answer.text(), { swapStyle: "none" });
    } else if (answer.status !== 204) throw new Error(String(answer.status));
    failures = 0;
    connection(true);
    updated();
  } catch {
    failures += 1;
    if (failures > 1) connection(false);
  } finally {
    asking = false;
  }
  plan();
}

/* The scripts' hashed name changes with a release: said once, and reloaded when the person wants. */
let shipped = source()?.dataset.release;
function updated() {
  const served = source()?.dataset.release;
  if (!shipped || !served || served === shipped) return;
  shipped = served;
  toast("Flowsite was updated. Reload when ready.", { action: "Reload", run: () => location.reload(), seconds: 60 });
}

function connection(works) {
  const bar = document.getElementById("offline");
  if (!bar || bar.hidden === works) return;
  bar.hidden = works;
  const time = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  document.getElementById("offline-words").textContent = `No connection. Shown as of ${time}. Trying again.`;
}

function signedOut() {
  asking = false;
  const bar = document.getElementById("offline");
  bar.hidden = false;
  document.getElementById("offline-words").textContent = "You are signed out. Reload to sign in again; what you typed is kept.";
}

/* --- what may be replaced, and what must stay ------------------------------------------------------- */

const plays = (card) => [...card.querySelectorAll("video")].some((v) => !v.paused) || card.querySelector("details[open]");

function onlyStatus(card, newer) {
  for (const part of ["status", "caption"]) {
    const old = card.querySelector(`#card-${card.dataset.card}-${part}`);
    const fresh = newer.querySelector(`#card-${card.dataset.card}-${part}`);
    if (old && fresh && !old.contains(document.activeElement)) {
      old.replaceWith(fresh.cloneNode(true));
      htmx.process(document.getElementById(fresh.id));
    }
  }
  card.dataset.version = newer.dataset.version;
}

function tell(card, newer) {
  if (card.dataset.state === newer.dataset.state) return;
  outcome({
    number: newer.dataset.number, state: newer.dataset.state,
    many: newer.querySelectorAll("[data-clip]").length, noun: newer.dataset.noun, tag: newer.querySelector(".status .tag")?.textContent,
  });
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "feed") return beforeFeed(event, fragment);
  const newer = target.matches("[data-card]") && (fragment.querySelector?.("[data-card]") ?? fragment);
  if (!newer) return;
  tell(target, newer);
  const focus = target.contains(document.activeElement) && document.activeElement;
  if (plays(target) || (focus && target.dataset.state === newer.dataset.state)) {
    event.detail.shouldSwap = false;
    held.set(target.id, newer.cloneNode(true));
    onlyStatus(target, newer);
    target.dataset.state = newer.dataset.state;
  } else if (focus) {
    const id = focus.id;
    setTimeout(() => (document.getElementById(id) ?? document.querySelector(`#${target.id} .meta a`))?.focus({ preventScroll: true }));
  }
});

/* New work goes to the top only where nobody is reading further down. */
function beforeFeed(event, fragment) {
  for (const card of cards(fragment)) if (document.getElementById(card.id)) card.remove();
  const coming = cards(fragment);
  if (!coming.length) event.detail.shouldSwap = false;
  else if (scrollY > 200) {
    event.detail.shouldSwap = false;
    above.unshift(...coming.map((card) => card.cloneNode(true)));
    pill();
  } else document.getElementById("feed-empty")?.remove();
}

function pill() {
  const words = above.length === 1 ? "1 new clip" : `${above.length} new clips`;
  let button = document.getElementById("new-above");
  if (!button) {
    button = Object.assign(document.createElement("button"), { id: "new-above", className: "pill" });
    button.addEventListener("click", () => {
      button.remove();
      const feed = document.getElementById("feed");
      for (const card of above.splice(0).reverse()) { feed.prepend(card); htmx.process(card); }
      scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    });
    document.body.append(button);
  }
  button.textContent = words;
}

/* A card that was spared is brought up to date once it is left alone. */
function release() {
  for (const [id, newer] of held) {
    const card = document.getElementById(id);
    if (card && (plays(card) || card.contains(document.activeElement))) continue;
    held.delete(id);
    if (!card || Number(card.dataset.version) > Number(newer.dataset.version)) continue;
    newer.removeAttribute("hx-swap-oob");
    card.replaceWith(newer);
    htmx.process(newer);
  }
}
for (const left of ["focusout", "pause", "toggle"]) document.addEventListener(left, () => setTimeout(release), true);

const atOnce = () => { failures = 0; clearTimeout(timer); ask(); };
document.addEventListener("visibilitychange", () => (document.hidden ? plan() : atOnce()));
addEventListener("online", atOnce);
document.addEventListener("flowsite:poll", atOnce);
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.requestConfig?.verb === "get") return;
  stirred = Date.now(); // a click moves other cards too: their places in line, soon their states
  clearTimeout(timer);
  timer = setTimeout(ask, 700);
});
plan();
