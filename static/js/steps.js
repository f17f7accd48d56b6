/* Next steps of the clip page: the panel of Extend keeps its price true, and "Use this frame" takes the picture that
   the player shows. Prices stand on the choices; nothing is decided here. */
import { toast } from "./toast.js";

const price = (credits) => (credits === null ? "price unknown" : credits === 0 ? "free" : `${credits.toLocaleString("en")} credit${credits === 1 ? "" : "s"}`);

const panel = () => document.getElementById("extend-panel");
const opener = () => document.querySelector("[data-extend]");

function reckon(form) {
  const model = form.querySelector("[name=model]:checked"), count = Number(form.querySelector("[name=count]:checked")?.value ?? 1);
  if (!model) return;
  const credits = model.dataset.credits === "" ? null : Number(model.dataset.credits) * count;
  for (const told of [form.querySelector("[data-price]"), opener().querySelector(".price")]) told.textContent = price(credits);
  form.elements.price_shown.value = credits ?? "";
  const above = form.dataset.askAbove !== undefined && credits > Number(form.dataset.askAbove);
  form.querySelector("[data-word]").textContent = above ? `Ask ${form.dataset.approver}` : "Extend";
  const asks = credits === null ? "The price is not known. Send it anyway?" : credits > Number(form.dataset.confirmAbove) ? `Extend for ${price(credits)}?` : "";
  form.toggleAttribute("hx-confirm", Boolean(asks));
  form.toggleAttribute("hx-vals", credits === null);
  if (asks) form.setAttribute("hx-confirm", asks);
  if (credits === null) form.setAttribute("hx-vals", '{"price_unknown": "yes"}');
}

document.addEventListener("change", (event) => {
  if (panel()?.contains(event.target)) reckon(panel());
});
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("[data-extend][open]")) return;
  const text = panel().querySelector("textarea");
  panel().scrollIntoView({ block: "nearest" });
  text.focus({ preventScroll: true });
  text.select();
}, true);
/* In the panel Ctrl Enter sends, as in the dock, and Esc leads back to its button. */
document.addEventListener("keydown", (event) => {
  if (!panel()?.contains(event.target)) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) panel().requestSubmit();
  if (event.key !== "Escape") return;
  event.stopPropagation();
  opener().open = false;
  opener().querySelector("summary").focus();
}, true);

/* Shift r leads to the button and its price; Enter there is the click (ui.md section 15). */
document.addEventListener("keydown", (event) => {
  if (event.key !== "R" || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.singleKeys === "off") return;
  const button = document.querySelector("#next-steps [data-act=reroll]");
  if (!button || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  button.focus();
}, true);

/* m marks the step that has the focus, else the one we are at: what that shows, the page itself says. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.singleKeys === "off") return;
  if (event.target.closest("input:not([type=range]), textarea, select, dialog")) return;
  const at = event.target.closest(".step") ?? document.querySelector(".family [aria-current]")?.closest(".step");
  at?.querySelector("[data-act=mark]").click();
});

/* --- use this frame ---------------------------------------------------------------------------------- */

async function take(button) {
  const video = document.querySelector("[data-player] video");
  if (!video?.videoWidth) return toast("The clip has not loaded yet. Try again in a moment.");
  video.pause();
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  const picture = await new Promise((made) => canvas.toBlob(made, "image/png"));
  const body = new FormData(), headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  body.append("frame_of", button.dataset.frameOf);
  body.append("second", video.currentTime);
  body.append("file", picture, `${button.dataset.frameOf} at ${video.currentTime.toFixed(1)} s.png`);
  const answer = await fetch(button.dataset.to, { method: "POST", headers, body });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok || !told.id) throw new Error(told.sentence || "");
  location.assign(`${button.dataset.create}?use=picture:${told.id}&as=${button.dataset.as}`);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-frame-of]");
  if (!button || button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    await take(button);
  } catch (trouble) {
    toast(trouble.message || "The frame could not be taken. Try again.");
  } finally {
    button.removeAttribute("aria-busy");
  }
});

/* The tree opens where we are. */
function here() {
  const tree = document.querySelector(".tree"), now = tree?.querySelector("[aria-current]");
  if (!now) return;
  const at = now.getBoundingClientRect(), box = tree.getBoundingClientRect();
  if (at.right > box.right) tree.scrollLeft += at.right - box.right + 60;
  if (at.bottom > box.bottom) tree.scrollTop += at.bottom - box.bottom + 20;
}
here();

const shown = () => { for (const button of document.querySelectorAll("[data-frame-of][data-to]")) button.hidden = false; };
shown();
for (const done of ["htmx:afterSettle", "htmx:oobAfterSwap"]) document.addEventListener(done, shown);
