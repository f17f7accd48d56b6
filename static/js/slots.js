/* What a prompt stands on: pictures, clips and characters in slots. A thing may have a place as a frame ("f"), among the
   ingredients ("n") and as the clip to edit ("v"), so that a change of mode, and back, loses nothing. How many there can
   be, and why not, the catalog says (dock.js hands its rows on). */
import { announce } from "./live.js";
import { headers } from "./send.js";

const form = document.querySelector("[data-dock]"), row = form.querySelector("[data-slots]");
const picker = document.getElementById("picker"), find = document.getElementById("find-given"), chooser = document.getElementById("slot-file");
const [blank, swapper] = document.getElementById("slot-blank").content.children;
const LABELS = { startImage: "Start frame", endImage: "End frame", referenceVideo_1: "Clip to edit" };
const TAKES = { text: "", frames: "f", ingredients: "n", image: "n", edit: "vn" };
const HOMES = { f: "frames", n: "ingredients", v: "edit" };
const BUSY = ["sending", "checking", "uploading"];
const things = [];
let mode = "", slots = [], drawn = "", wanted = "";

const family = (slot) => (slot.endsWith("Image") ? "f" : slot.startsWith("referenceV") ? "v" : "n");
const at = (slot) => things.find((thing) => thing.at[family(slot)] === slot);
const number = (slot) => Number(slot.split("_")[1]);
const free = (name = "referenceImage") => { let n = 1; while (at(`${name}_${n}`)) n += 1; return `${name}_${n}`; };
const account = () => form.querySelector("[name=account]:checked")?.value ?? "";
const changed = () => form.dispatchEvent(new Event("change"));
const known = (given) => things.find((thing) => thing.key && thing.what === given.what && thing.key === given.key);
const called = (slot) => LABELS[slot] ?? (at(slot)?.what === "character" ? at(slot).name : `Ingredient ${number(slot)}`);

/* What the mode shows: [{slot, thing, why it is off, over: stands there and is not sent}]. */
function lay(model) {
  const takes = TAKES[mode];
  if (takes === "f") {
    const why = model.end || (at("startImage") ? "" : "Add a start frame first"), end = at("endImage");
    return [{ slot: "startImage", thing: at("startImage") }, { slot: "endImage", thing: end, why, over: Boolean(end && why) }];
  }
  const film = takes.includes("v") ? [{ slot: "referenceVideo_1", thing: at("referenceVideo_1") }] : [], most = model.pictures ?? 0;
  if (!takes.includes("n") || !most) return film;
  let used = 0;
  const rank = (thing) => (thing.what === "character" ? 0 : 100) + number(thing.at.n);
  const full = things.filter((thing) => thing.at.n).sort((a, b) => rank(a) - rank(b)).map((thing) => {
    const images = thing.images ?? 1, far = thing.account && thing.account !== account();
    const over = far || used + images > most || (thing.what !== "character" && number(thing.at.n) > most);
    used += over ? 0 : images;
    return { slot: thing.at.n, thing, over, why: far ? "Of another account" : over ? `Up to ${most}` : "" };
  });
  return [...film, ...full, { slot: free(), why: used < most ? "" : `Up to ${most}` }];
}

/* Takes the mode and the model's row; gives what the price, the sentences and the button need. */
export function stand(inMode, offer, model) {
  if (mode && inMode !== mode) moveTo(inMode);
  mode = inMode;
  slots = lay(model);
  draw();
  const used = slots.filter(({ thing, over }) => thing && !over), told = ({ slot, thing }) => ({ slot, [thing.what]: thing.key });
  const others = things.flatMap((thing) => Object.values(thing.at).map((slot) => ({ slot, thing }))).filter((one) => !used.some(({ slot, thing }) => slot === one.slot && thing === one.thing));
  form.elements.inputs.value = JSON.stringify(used.filter(({ thing }) => thing.key).map(told));
  form.elements.kept.value = JSON.stringify(others.filter(({ thing }) => thing.key).map(told));
  const first = slots[0]?.slot, missing = offer.needs && !(LABELS[first] ? used.some(({ slot }) => slot === first) : used.length);
  return {
    count: used.length,
    busy: used.filter(({ thing }) => BUSY.includes(thing.state)).length,
    end: used.some(({ slot }) => slot === "endImage"),
    film: at("referenceVideo_1"),
    problem: missing ? offer.needs : used.some(({ thing }) => thing.state === "refused") ? "Replace or remove the picture that was refused." : "",
    names: used.filter(({ slot }) => family(slot) === "n").map(({ slot, thing }) => [thing.what === "character" ? thing.name : String(number(slot)), thing]),
  };
}

/* The start frame becomes ingredient 1, and back. */
function moveTo(next) {
  const takes = TAKES[next], still = things.filter((thing) => thing.what !== "character" && !thing.film);
  if (takes === "f" && !at("startImage")) {
    const first = still.filter((thing) => thing.at.n).sort((a, b) => number(a.at.n) - number(b.at.n))[0];
    if (first) { first.at.f = "startImage"; announce(`${called(first.at.n)} is the start frame`); }
  }
  if (!takes.includes("n")) return;
  for (const name of ["startImage", "endImage"]) {
    const thing = at(name);
    if (thing && !thing.at.n) { thing.at.n = free(); announce(`${LABELS[name]} is ingredient ${number(thing.at.n)}`); }
  }
}

function draw() {
  row.hidden = !slots.length;
  const now = JSON.stringify(slots);
  if (now === drawn) return;
  drawn = now;
  const focus = row.contains(document.activeElement) && document.activeElement.closest("[data-slot]")?.dataset.slot;
  const boxes = slots.map(box);
  if (TAKES[mode] === "f") {
    const swap = swapper.cloneNode(true);
    swap.disabled = !slots[1].thing || slots[1].over;
    boxes.splice(1, 0, swap);
  }
  row.replaceChildren(...boxes);
  if (slots.filter(({ thing }) => thing?.at.n).length > 1) import("./order.js").then(({ order }) => order(things, changed));
  if (focus) (row.querySelector(`[data-slot=${focus}] .pick`) ?? row.querySelector(".pick")).focus();
}

function box({ slot, thing, why, over }) {
  const node = blank.cloneNode(true), [pick, remove] = node.querySelectorAll("button"), image = node.querySelector("img"), busy = BUSY.includes(thing?.state);
  const name = called(slot), says = why || (LABELS[slot] ?? (thing ? thing.name && thing.what === "character" ? thing.name : number(slot) : ""));
  node.dataset.slot = slot;
  for (const [style, on] of Object.entries({ wide: LABELS[slot], full: thing, off: why, bad: thing?.sentence, busy })) node.classList.toggle(style, Boolean(on));
  node.querySelector("span").textContent = says;
  node.querySelector("p").textContent = thing?.sentence ?? "";
  pick.setAttribute("aria-label", [name, thing && thing.name !== name && thing.name, busy && "uploading", why].filter(Boolean).join(", "));
  pick.title = thing?.name ?? "";
  pick.disabled = Boolean(why) && !thing;
  remove.setAttribute("aria-label", `Remove ${name}`);
  if (thing?.url) { image.hidden = false; image.src = thing.url; }
  return node;
}

/* --- in and out --------------------------------------------------------------------------------------- */

function leave(thing, role) {
  delete thing.at[role];
  if (!Object.keys(thing.at).length) things.splice(things.indexOf(thing), 1);
}

function put(given, slot) {
  const role = family(slot), there = at(slot), thing = known(given) ?? things[things.push({ ...given, at: {} }) - 1];
  if (there && there !== thing) leave(there, role);
  thing.at[role] = slot;
  if (!TAKES[mode].includes(role)) form.querySelector(`[name=mode][value=${HOMES[role]}]`).checked = true;
  return thing;
}

/* Where the next one goes that nobody gave a place. */
function next(film) {
  if (film) return "referenceVideo_1";
  if (TAKES[mode].includes("n")) return free();
  return at("startImage") && !slots[1]?.why && slots[1] ? "endImage" : "startImage";
}

async function bring(file, slot) {
  const film = file.type.startsWith("video/"), place = film !== (family(slot) === "v") ? next(film) : slot;
  const thing = put({ what: "picture", key: "", name: file.name, url: film ? "" : URL.createObjectURL(file), state: "sending" }, place);
  changed();
  const body = new FormData();
  body.append("file", file);
  body.append("account", account());
  const answer = await fetch(form.dataset.pictures, { method: "POST", headers, body }).catch(() => null);
  take(thing, await answer?.json().catch(() => null) ?? { state: "refused", sentence: "This file did not arrive. Choose it again." });
}

async function take(thing, told) {
  const film = told.kind === "video";
  Object.assign(thing, { state: told.state, sentence: told.sentence ?? "" });
  if (told.id) Object.assign(thing, { key: String(told.id), url: film || !thing.url ? told.url : thing.url, frames: told.frames ?? 0, film: film && told.state !== "checking" ? `${form.dataset.pictures}${told.id}/file/` : "" });
  if (told.kind && film !== Boolean(thing.at.v)) Object.assign(thing, { state: "refused", sentence: film ? "This file is a clip. Edit clip takes it." : "This file is a picture, not a clip." });
  changed();
  if (!BUSY.includes(thing.state) || !things.includes(thing)) return;
  await new Promise((done) => setTimeout(done, 700));
  const answer = await fetch(`${form.dataset.pictures}${thing.key}/?account=${account()}`).catch(() => null);
  take(thing, answer?.ok ? await answer.json() : answer ? { state: "refused", sentence: "This picture is gone. Add it again." } : { ...told });
}

function drop(slot) {
  const thing = at(slot);
  if (!thing) return;
  announce(`${called(slot)} removed`);
  things.splice(things.indexOf(thing), 1);
  changed();
}

const bringAll = (files, slot) => [...files].reduce((place, file) => { bring(file, place); return next(); }, slot);

row.addEventListener("click", (event) => {
  const slot = event.target.closest("[data-slot]")?.dataset.slot;
  if (event.target.closest("[data-swap]")) {
    const [start, end] = [at("startImage"), at("endImage")];
    if (start) start.at.f = "endImage";
    if (end) end.at.f = "startImage";
    changed();
  } else if (event.target.closest(".remove")) drop(slot);
  else if (slot) {
    wanted = slot;
    find.elements.slot.value = slot;
    find.elements.account.value = account();
    chooser.accept = slot === "referenceVideo_1" ? "video/mp4" : "image/png,image/jpeg,image/webp";
    picker.lastElementChild.replaceChildren(); // what another slot takes
    picker.showPopover();
    find.dispatchEvent(new Event("open"));
  }
});
row.addEventListener("keydown", (event) => { if (["Delete", "Backspace"].includes(event.key)) drop(event.target.closest("[data-slot]")?.dataset.slot ?? ""); });
picker.addEventListener("click", (event) => {
  const given = event.target.closest("[data-given]");
  if (event.target.closest("[data-choose-file]")) chooser.click();
  if (!given) return;
  picker.hidePopover();
  choose(JSON.parse(given.dataset.given));
});

export function choose(given) {
  put(given, given.what === "character" ? free("character") : wanted);
  changed();
}
chooser.addEventListener("change", () => { picker.hidePopover(); bringAll(chooser.files, wanted); chooser.value = ""; });

document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  if (!files.length || types.includes("text/plain")) return;
  event.preventDefault();
  bringAll(files, next());
});

function dragged(event) {
  const { items, types, files } = event.dataTransfer ?? {};
  if (!types?.includes("Files")) return;
  event.preventDefault();
  const slot = event.target.closest?.("[data-slot]:not(.off)")?.dataset.slot ?? next(items[0]?.type.startsWith("video/"));
  if (event.type !== "dragleave" || !event.relatedTarget) form.classList.toggle("dropping", event.type === "dragover");
  form.dataset.drop = called(slot);
  if (event.type === "drop") bringAll(files, slot);
}
for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, dragged);

for (const told of JSON.parse(document.getElementById("things").textContent)) {
  const thing = known(told) ?? things[things.push({ ...told, at: {} }) - 1];
  thing.at[family(told.slot)] = told.slot;
  if (BUSY.includes(thing.state)) setTimeout(take, 0, thing, { id: thing.key, ...thing });
}
