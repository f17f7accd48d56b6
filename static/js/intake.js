/* Pictures dropped, pasted or chosen on the ingredients page go up at once; each shows how far it has come. */
import { toast } from "./toast.js";

const form = document.querySelector("[data-intake]"), list = document.querySelector("[data-coming]");
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const token = () => form.elements.csrfmiddlewaretoken.value;

function send(file, said) {
  return new Promise((done) => {
    const ask = new XMLHttpRequest(), fields = new FormData();
    fields.append("file", file);
    ask.open("POST", form.dataset.intake);
    ask.setRequestHeader("X-CSRFToken", token());
    ask.responseType = "json";
    ask.upload.onprogress = (e) => { said.value = e.loaded / e.total; };
    ask.onloadend = () => done(ask.response ?? { state: "refused", sentence: "It did not arrive. Try it again." });
    ask.send(fields);
  });
}

async function bring(file) {
  const row = document.createElement("li"), bar = document.createElement("progress"), words = document.createElement("span");
  words.textContent = file.name;
  row.append(words, bar);
  list.append(row);
  let told = await send(file, bar);
  while (["checking", "uploading"].includes(told.state)) {
    bar.removeAttribute("value");
    await wait(400);
    told = await fetch(`${form.dataset.intake}${told.id}/`).then((r) => r.json()).catch(() => told);
  }
  if (told.state === "ready") return row.remove();
  words.textContent = `${file.name}: ${told.sentence}`;
  row.className = "bad-words";
  bar.remove();
}

async function all(files) {
  if (!files.length) return;
  const before = list.querySelectorAll(".bad-words").length;
  await Promise.all([...files].map(bring));
  const bad = list.querySelectorAll(".bad-words").length - before;
  toast(bad ? `${files.length - bad} of ${files.length} came in.` : files.length > 1 ? `${files.length} files came in.` : "1 file came in.");
  htmx.ajax("GET", location.href, { source: "#ingredients", target: "#ingredients", select: "#ingredients", swap: "outerHTML" });
}

document.querySelector(".kinds [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

if (form) {
  form.elements.file.addEventListener("change", () => { all(form.elements.file.files).then(() => form.reset()); });
  addEventListener("paste", (e) => { if (e.clipboardData.files.length) { e.preventDefault(); all(e.clipboardData.files); } });
  addEventListener("dragover", (e) => { if (e.dataTransfer.types.includes("Files")) { e.preventDefault(); document.body.classList.add("dropping"); } });
  addEventListener("dragleave", (e) => { if (!e.relatedTarget) document.body.classList.remove("dropping"); });
  addEventListener("drop", (e) => { document.body.classList.remove("dropping"); if (e.dataTransfer.files.length) { e.preventDefault(); all(e.dataTransfer.files); } });
}

/* One sample at a time; a second click stops it. */
let heard = null, sound = null;
function hush() {
  sound?.pause();
  heard?.setAttribute("aria-pressed", "false");
  heard = null;
}
document.addEventListener("click", (e) => {
  const link = e.target.closest("[data-hear]");
  if (!link) return;
  e.preventDefault();
  const again = link === heard;
  hush();
  if (again) return;
  heard = link;
  link.setAttribute("role", "button");
  link.setAttribute("aria-pressed", "true");
  sound = new Audio(link.href);
  sound.onended = hush;
  sound.play().catch(hush);
});

/* The chosen voice of a new character can be heard beside it. */
const voice = document.querySelector("[data-voice]"), ear = voice?.parentElement.querySelector("[data-hear]");
voice?.addEventListener("change", () => {
  hush();
  const sample = voice.selectedOptions[0]?.dataset.sample;
  ear.hidden = !sample;
  if (sample) ear.href = sample;
});

/* At most two faces of a new character. */
document.addEventListener("change", (e) => {
  if (!e.target.matches(".pick input")) return;
  const picked = [...document.querySelectorAll(".pick input:checked")];
  if (picked.length > 2) { picked.find((one) => one !== e.target).checked = false; toast("One or two pictures."); }
});
