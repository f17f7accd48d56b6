/* The gallery beside wall.js: filters as a sheet on small screens, sizes of pictures at once, "." unfolds a strip. */
import { getFragment, post } from "./send.js";

const facets = document.getElementById("facets");

/* --- filters as a sheet ------------------------------------------------------------------------------- */
let from;

function openFacets(opener) {
  from = opener;
  facets.classList.add("open");
  facets.focus({ preventScroll: true });
}

function closeFacets() {
  if (!facets.classList.contains("open")) return;
  facets.classList.remove("open");
  from?.focus?.({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-facets]");
  if (opener) {
    event.preventDefault();
    return openFacets(opener);
  }
  if (event.target.closest("[data-close-facets]")) {
    event.preventDefault();
    return closeFacets();
  }
  if (facets.classList.contains("open") && !event.target.closest("#facets")) closeFacets();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && facets.classList.contains("open")) {
    event.stopPropagation();
    closeFacets();
  }
}, true);

/* --- sizes --------------------------------------------------------------------------------------------- */
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-density]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  document.documentElement.dataset.density = value;
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === value));
  post(form.action, { density: value });
});

/* --- strips ---------------------------------------------------------------------------------------------- */
async function unfold(tile) {
  const address = tile.dataset.unfold;
  delete tile.dataset.unfold;
  const answer = await getFragment(address).catch(() => null);
  if (!answer?.ok) return void (tile.dataset.unfold = address);
  const item = tile.closest("li");
  item.insertAdjacentHTML("afterend", await answer.text());
  tile.querySelector(".fold")?.remove();
  htmx.process(item.parentElement);
  document.dispatchEvent(new Event("htmx:afterSettle"));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "." || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.documentElement.dataset.singleKeys === "off") return;
  const tile = event.target.closest?.("[data-unfold]");
  if (!tile) return;
  event.preventDefault();
  unfold(tile);
});

/* --- a button that sends: one key per click, so that two clicks are one clip ------------------------------- */
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.dataset.act !== "reroll") return;
  event.detail.elt.dataset.key ||= Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  event.detail.parameters.set?.("request_key", event.detail.elt.dataset.key);
});
document.addEventListener("htmx:afterRequest", async (event) => {
  const { elt, successful } = event.detail;
  if (elt.dataset.act !== "reroll" || !successful) return;
  delete elt.dataset.key;
  const { toast } = await import("./toast.js");
  toast("Asked for again with a new seed. Create shows how far it is.");
});

/* The clip page goes back by the browser's own history, which keeps scroll and focus. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".open[href]");
  if (!link) return;
  sessionStorage.setItem("wall", "yes");
  for (const other of document.querySelectorAll(".moves")) other.classList.remove("moves");
  link.classList.add("moves");
});

/* --- complete fields of the query stand on a ground of their own, behind the plain text field ------------------ */
const field = document.getElementById("q");
const echo = document.createElement("div");
const FIELD = /(-?\b(?:model|by|kind|is|ratio|length|cost|on|before|after|batch):(?:"[^"]*"|[^\s"])+|#[Ss]?\d+[a-z]?\b)/g;
echo.className = "echo";
echo.setAttribute("aria-hidden", "true");
field.before(echo);

function ground() {
  echo.textContent = "";
  for (const [place, part] of field.value.split(FIELD).entries()) {
    if (place % 2) echo.append(Object.assign(document.createElement("mark"), { textContent: part }));
    else echo.append(part);
  }
  echo.scrollLeft = field.scrollLeft;
}
for (const moved of ["input", "scroll"]) field.addEventListener(moved, ground);
addEventListener("pageshow", ground);
ground();
