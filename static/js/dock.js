/* The dock of Create: keeps price, reasons and button true while one chooses. The form works without this.

   #catalog: {"wordings": whether {a|b} is understood, "accounts": {"<id>": {"name", "plan", "sandbox": bool,
     "modes": {"text": catalog.options.options(facts, "text"), "frames": …, "image": …}}}}
   #purse, new with every click: {"after": {"<id>": credits left once the queue is through, or null},
     "own", "ask", "warn": limits as create/limits.py writes them} */
import { announce } from "./live.js";
import { post } from "./send.js";
import { choose, stand } from "./slots.js";

const form = document.querySelector("[data-dock]");
const catalog = JSON.parse(document.getElementById("catalog")?.textContent || "{}");
const prompt = form.elements.prompt, button = form.querySelector("[data-send]");
const group = (n) => n.toLocaleString("en-US");
const dollars = (n) => `$${n.toFixed(2)}`;
const inputs = (name) => [...form.querySelectorAll(`input[name=${name}]`)];
const chosen = (name) => inputs(name).find((input) => input.checked) ?? inputs(name)[0];
const value = (name) => chosen(name)?.value ?? "";
let busy = false, armed = 0, asks = "", standing = {}, awaited = false;

/* --- choices ----------------------------------------------------------------------------------------- */

/* Marks one choice as possible or not, with the reason in its own label. */
function allow(input, why, absent = false) {
  const label = input.closest("label"), small = label.querySelector("small");
  input.disabled = Boolean(why) || absent;
  label.hidden = absent;
  if (small) small.textContent = why || small.dataset.use || "";
}

/* When the chosen one has become impossible, the nearest that is possible is taken, and said. */
function settle(name, words, rather = "") {
  const all = inputs(name), place = all.findIndex((input) => input.checked);
  if (place < 0 || !all[place].disabled) return;
  const far = (input) => (input.value === rather ? -1 : Math.abs(all.indexOf(input) - place));
  const free = all.filter((input) => !input.disabled).sort((a, b) => far(a) - far(b));
  if (!free.length) return;
  free[0].checked = true;
  const chip = form.querySelector(`[data-choice=${name}] > .chip`);
  chip?.classList.add("flash");
  setTimeout(() => chip?.classList.remove("flash"), 400);
  announce(words(free[0]));
}

function now(name, text) {
  const place = form.querySelector(`[data-choice=${name}] [data-now]`);
  if (place) place.textContent = text;
}

const usual = {}; // the model last chosen in each mode

const accountNow = () => catalog.accounts?.[value("account")] ?? Object.values(catalog.accounts ?? {})[0];

/* What can be chosen in this mode: {models: {id: row}, ratios, counts, rate}. */
function table(account, mode) {
  const offer = account.modes[mode] ?? Object.values(account.modes)[0];
  return { ...offer, models: Object.fromEntries(offer.models.map((row) => [row.id, row])) };
}

/* The price facts of a model at a length: {credits, official, why}; a model without lengths has its own. */
function at(model, seconds) {
  const row = (model.lengths ? model.lengths.find((l) => String(l.seconds) === seconds) : model) ?? {};
  return value("resolution") === "360p" && row.small != null ? { ...row, credits: row.small } : row;
}

function refresh() {
  const account = accountNow();
  if (!account) return;
  const mode = value("mode"), offer = table(account, mode);
  prompt.placeholder = `Describe ${{ edit: "the change", image: "an image" }[mode] ?? "a shot"}`;
  for (const input of inputs("model")) {
    const model = offer.models[input.value];
    allow(input, model?.why, !model);
  }
  settle("model", (input) => `Model set to ${offer.models[input.value].name}`, usual[mode] ?? offer.model);
  const model = offer.models[value("model")];
  if (!model) return;
  usual[mode] = model.id;
  standing = stand(mode, offer, model);

  hide("seconds", !model.lengths);
  hide("ratio", !offer.ratios.length);
  hide("voice", !model.voices);
  hide("resolution", !(model.small ?? model.lengths?.some((row) => row.small != null)));
  form.querySelector("[data-follows]").hidden = mode !== "edit";
  const voiceless = form.querySelector("[data-voiceless]");
  voiceless.hidden = !model.voice;
  voiceless.lastElementChild.textContent = model.voice;
  form.querySelector("[data-why]").textContent = [model.fixed, model.voice, mode === "edit" && "Length and ratio follow the clip"].filter(Boolean).join(". ");
  form.querySelector("[data-choice=seconds] > .chip").classList.toggle("dashed", Boolean(model.fixed));
  if (form.querySelector("[data-choice=resolution]").hidden) inputs("resolution")[0].checked = true;
  voices(model.voices ?? 0);
  mention(mode, model.pictures);
  cut(mode === "edit" ? standing.film : null);

  const ends = standing.end && model.ends;
  const lengths = Object.fromEntries((model.lengths ?? []).map((row) => [String(row.seconds), row.why ?? (ends && !ends.includes(row.seconds) ? `${row.seconds} s is not possible with an end frame` : "")]));
  for (const input of inputs("seconds")) allow(input, lengths[input.value], !(input.value in lengths));
  settle("seconds", (input) => `Length set to ${input.value} s`);
  for (const input of inputs("ratio")) {
    const auto = input.value === "auto";
    allow(input, auto && !standing.count ? offer.auto : "", auto ? !offer.auto : !offer.ratios.includes(input.value));
  }
  settle("ratio", (input) => `Ratio set to ${input.value}`);
  for (const input of inputs("count")) {
    allow(input, "", !offer.counts.includes(Number(input.value)));
    input.closest("label").querySelector("b").textContent = many(Number(input.value), mode);
  }
  settle("count", (input) => many(Number(input.value), mode));

  const seconds = model.lengths ? value("seconds") : "";
  for (const input of inputs("model")) {
    const row = offer.models[input.value], each = row && at(row, seconds).credits;
    input.closest("label").querySelector(".cost").textContent = each ?? (row?.lengths ? "–" : "?");
  }
  show(account, offer, model, mode, seconds);
}

/* What @ can mean: what stands in the slots, the chosen voices, and the characters of the account. */
let mentions;
async function mention(mode, able) {
  if (!mentions && !prompt.value.includes("@")) return;
  mentions ??= (await import("./mentions.js")).mentions;
  const heard = mode === "ingredients" || mode === "edit" ? spoken.map((input) => [input.parentElement.querySelector("b").textContent, { note: "Voice" }]) : [];
  mentions([...standing.names, ...heard], able ? catalog.cast.filter((one) => one.account === value("account")) : [], choose);
}

const hide = (name, off) => { form.querySelector(`[data-choice=${name}]`).hidden = off; };

/* As many voices as the model takes, the last ones chosen; our own ones only on their account. */
let spoken = [];
function voices(most) {
  const all = inputs("voice");
  for (const input of all) {
    const own = input.closest("[data-account]");
    if (own) own.hidden = own.dataset.account !== value("account");
    if (own?.hidden) input.checked = false;
  }
  spoken = [...spoken.filter((input) => input.checked), ...all.filter((input) => input.checked && !spoken.includes(input))];
  for (const input of most ? spoken.splice(0, spoken.length - most) : []) input.checked = false;
  const names = spoken.map((input) => input.parentElement.querySelector("b").textContent);
  now("voice", names.length > 1 ? `${names.length} voices` : names[0] ?? "Voice");
}

const many = (n, mode) => `${n} ${mode === "image" ? "image" : "clip"}${n === 1 ? "" : "s"}`;

/* {dawn|noon|dusk} is three wordings; several multiply. */
function wordings() {
  if (!catalog.wordings) return 1;
  return [...prompt.value.matchAll(/\{([^{}]*\|[^{}]*)\}/g)].reduce((n, [, inside]) => n * inside.split("|").length, 1);
}

function show(account, offer, model, mode, seconds) {
  const count = Number(value("count")) || 1, times = wordings(), { credits: each, official } = at(model, seconds);
  const price = each == null ? null : each * count * times;
  now("model", model.name);
  now("ratio", value("ratio"));
  now("seconds", model.fixed || `${seconds} s`);
  now("count", `${times > 1 ? `${times} wordings × ` : ""}${many(count, mode)}`);
  now("account", account.name);
  const plan = form.querySelector("[data-plan]");
  if (plan) plan.textContent = account.plan;
  const shape = { "16:9": "rectangle-horizontal", "4:3": "rectangle-horizontal", "1:1": "square", auto: "shapes" }[value("ratio")] ?? "rectangle-vertical";
  const use = form.querySelector("[data-choice=ratio] summary use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${shape}`));
  form.querySelector("[data-head-length]").textContent = seconds ? `${seconds} s clip` : "Image";
  const label = chosen("mode").closest("label");
  form.querySelector("[data-brief=mode]").textContent = label.querySelector("span").textContent;
  form.querySelector(".brief use").setAttribute("href", label.querySelector("use").getAttribute("href"));
  form.querySelector("[data-brief=settings]").textContent = [model.short || model.name, seconds && `${seconds} s`, value("ratio")].filter(Boolean).join(", ");

  const purse = JSON.parse(document.getElementById("purse").textContent), there = purse.after[value("account")];
  const left = there == null || price == null ? null : there - price;
  const money = [];
  if (!account.sandbox && offer.rate && price) money.push(`≈ ${dollars(price * offer.rate)}`);
  if (!account.sandbox && official) money.push(`official API ${dollars(official * count * times)}`);
  let problem = standing.problem;
  if (!account.sandbox && left !== null && left < 0 && price > 0) {
    const cheaper = Object.values(offer.models)
      .filter((row) => !row.why && !at(row, seconds).why && at(row, seconds).credits * count * times <= Math.max(0, there))
      .sort((a, b) => at(b, seconds).credits - at(a, seconds).credits)[0];
    const costs = cheaper && at(cheaper, seconds).credits;
    problem = `Needs ${group(price)}, you have ${group(Math.max(0, there))}.`
      + (cheaper ? ` Use ${cheaper.short}, ${costs ? `${costs} credits each` : "free"}.` : "");
  }
  const over = (limit) => limit && !account.sandbox && price > limit.left, { own, ask, warn } = purse;
  if (over(own)) problem ||= own.why;
  asks = over(ask) ? ask.word : "";
  const note = asks ? ask.why : over(warn) ? warn.why : "";
  form.querySelector("[data-money]").textContent = money.join(" · ");
  const after = form.querySelector("[data-after]");
  after.textContent = problem || note || (account.sandbox || left === null ? "" : `${group(left)} credits after`);
  after.classList.toggle("problem", Boolean(problem));
  const told = account.sandbox ? 0 : price;
  button.querySelector("[data-where]").textContent = account.sandbox ? "sandbox, " : "";
  button.querySelector("[data-price]").textContent = told === null ? "?" : told === 0 ? "free" : group(told);
  button.querySelector("[data-unit]").textContent = told === 0 ? "" : told === 1 ? " credit" : " credits";
  form.elements.price_shown.value = told ?? "";
  button.disabled = Boolean(problem);
  disarm();
  if (problem) awaited = false;
  if (awaited && !standing.busy) form.requestSubmit(button);
}

/* --- sending ------------------------------------------------------------------------------------------ */

function disarm() {
  clearTimeout(armed);
  armed = 0;
  word(busy ? "Sending" : awaited && standing.busy ? `Uploading ${standing.busy} picture${standing.busy === 1 ? "" : "s"}` : asks || "Generate");
}

const word = (text) => { button.querySelector("[data-word]").textContent = text; };

function hold(on) {
  busy = on;
  button.setAttribute("aria-busy", String(on));
  word(on ? "Sending" : asks || "Generate");
}

/* Before htmx and the browser hear of it: a double click sends once; a large sum is asked about in the button itself. */
document.addEventListener("submit", (event) => {
  if (event.target !== form) return;
  const price = Number(form.elements.price_shown.value || 0), limit = Number(form.dataset.confirmAbove || Infinity);
  const stop = () => { event.preventDefault(); event.stopImmediatePropagation(); };
  if (busy) return stop();
  awaited = standing.busy > 0; // sent by itself once the last picture is there
  if (awaited) {
    stop();
    return disarm();
  }
  if (price > limit && !armed) {
    stop();
    word(`Spend ${group(price)} credits? Yes`);
    armed = setTimeout(disarm, 4000);
    return;
  }
  clearTimeout(armed);
  armed = 0;
  localStorage.setItem(`${store}-last`, prompt.value);
  keepHere();
  hold(true);
}, true);

form.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== form) return;
  hold(false); // the key in the form is the old one until an answer has brought another
  if (event.detail.successful) {
    refresh();
    keepHere(true);
    form.classList.remove("open");
    if (scrollY > 200) scrollTo({ top: 0 });
  }
});
addEventListener("pageshow", () => hold(false));

/* The choice that a refusal is about is marked, and gets the focus. */
function blame() {
  const field = document.getElementById("dock-alert").dataset.field;
  for (const old of form.querySelectorAll("[aria-invalid]")) old.removeAttribute("aria-invalid");
  if (!field) return;
  const place = form.querySelector(`[data-slot=${field}] .pick, [data-choice=${field}] > summary, [name=${{ startFrameIndex_1: "first_frame", endFrameIndex_1: "last_frame" }[field] ?? field}]:not([type=radio], [type=hidden])`);
  place?.setAttribute("aria-invalid", "true");
  place?.focus();
}
document.addEventListener("htmx:oobAfterSwap", (event) => { if (event.detail.target?.id === "dock-alert") blame(); });
blame();

/* --- the draft ------------------------------------------------------------------------------------------ */

const store = `flowsite-draft-${form.dataset.owner}`;
let typing;

function choices() {
  const fields = Object.fromEntries(new FormData(form));
  for (const name of ["csrfmiddlewaretoken", "request_key", "price_shown"]) delete fields[name];
  return { ...fields, voice: spoken.map((input) => input.value).join(",") };
}

/* Here first, then on the server. What the server does not have yet is newer than what it sends with a page. */
function keepHere(saved = false) {
  localStorage.setItem(store, JSON.stringify({ prompt: prompt.value, at: Date.now(), saved }));
}

async function saveDraft() {
  const fields = choices();
  keepHere();
  if (!form.dataset.draftUrl) return;
  const answer = await post(form.dataset.draftUrl, fields).catch(() => null);
  const note = form.querySelector("[data-after]");
  if (answer?.status !== 204) note.textContent = answer?.redirected ? "Not saved, you are signed out" : "Not saved, offline";
  else if (prompt.value === fields.prompt) keepHere(true);
  if (answer?.status === 204 && note.textContent.startsWith("Not saved")) refresh();
}

function later() {
  clearTimeout(typing);
  typing = setTimeout(saveDraft, 600);
}

const kept = JSON.parse(localStorage.getItem(store) || "null");
const asIs = /[?&](from|prompt)=/.test(location.search) || document.getElementById("dock-alert").textContent;
if (!asIs && kept && !kept.saved && Date.now() - kept.at < 7 * 864e5) prompt.value = kept.prompt;

/* --- keys, phone, height -------------------------------------------------------------------------------- */

form.addEventListener("input", () => { later(); });
form.addEventListener("change", (event) => { if (event.target !== prompt) refresh(); later(); });
prompt.addEventListener("input", () => { if (catalog.wordings) refresh(); grow(); });

/* The part of a clip that is edited: two handles and two numbers that say the same, and the picture under the last one moved. */
const part = form.querySelector("[data-window]"), film = part.querySelector("video"), handles = part.querySelectorAll("[type=range]");
const numbers = [form.elements.first_frame, form.elements.last_frame];
let cutting;
function cut(thing) {
  part.hidden = !thing;
  if (!thing || thing === cutting) return;
  if (cutting) for (const number of numbers) number.value = "";
  cutting = thing;
  if (thing.film) film.src = thing.film;
  span();
}
function span(moved = 0) {
  const most = Math.min(cutting.frames || 240, 240), at = numbers.map(({ value: text }, end) => (text === "" ? end * most : Math.min(Number(text) || 0, most)));
  handles.forEach((handle, end) => {
    handle.max = most;
    handle.value = at[end];
    part.querySelector(".span").style.setProperty(end ? "--b" : "--a", `${(at[end] / most) * 100}%`);
  });
  numbers[1].placeholder = most;
  part.querySelector("output").textContent = at[1] > at[0] ? `${((at[1] - at[0]) / 24).toFixed(1)} s` : "ends before it starts";
  if (film.readyState) film.currentTime = at[moved] / 24;
}
film.addEventListener("loadeddata", () => span());
part.addEventListener("input", (event) => {
  const end = [...handles].indexOf(event.target);
  if (end >= 0) numbers[end].value = Math[end ? "max" : "min"](event.target.value, Number(handles[1 - end].value) + (end ? 1 : -1));
  span(end < 0 ? numbers.indexOf(event.target) : end);
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey)) return;
  if (event.key === ";") { event.preventDefault(); form.classList.add("open"); chosen("mode").focus(); }
  else if (event.key === "Enter" && form.contains(event.target)) { event.preventDefault(); form.requestSubmit(button); }
});
prompt.addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" && !prompt.value) {
    prompt.value = localStorage.getItem(`${store}-last`) || prompt.dataset.last || "";
    event.preventDefault();
    refresh();
  }
});

/* A sample that is not here yet is fetched by a worker and heard a little later. */
let sound;
function hear(address, again) {
  sound?.pause();
  sound = new Audio(address);
  sound.play().catch(() => {});
  if (again) sound.addEventListener("error", async () => {
    announce("The sample is on its way");
    await post(form.dataset.cast, { account: value("account"), tab: "voices" });
    setTimeout(hear, 4000, address);
  });
}

form.addEventListener("click", (event) => {
  const sample = event.target.closest("[data-hear]");
  if (sample) { event.preventDefault(); hear(sample.href, true); }
  if (event.target.closest("[data-open-dock]")) { form.classList.add("open"); if (event.target.closest(".dock-open")) prompt.focus(); }
  if (event.target.closest("[data-close-dock]")) form.classList.remove("open");
});
form.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) form.classList.remove("open"); });

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight}px`;
}

new ResizeObserver(() => {
  if (form.classList.contains("open")) return;
  document.documentElement.style.setProperty("--dock-height", `${form.offsetHeight + 20}px`);
}).observe(form);

grow();
refresh();
