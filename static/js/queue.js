/* Which groups of the queue are open is remembered in this browser, also when their list is drawn anew. One's own
   waiting rows are dragged by their grip, or moved with Alt and the arrows; the server decides where they go. */
const key = (group) => `flowsite-open-${group.id}`;

function recall() {
  for (const group of document.querySelectorAll("details[data-remember]:not([data-recalled])")) {
    group.dataset.recalled = "yes";
    group.open = localStorage.getItem(key(group)) !== "no";
    group.addEventListener("toggle", () => localStorage.setItem(key(group), group.open ? "yes" : "no"));
  }
}

recall();
document.addEventListener("htmx:oobAfterSwap", recall);

const placeOf = (row) => row?.querySelector("form.q-place");

/* The server moves it; the answer draws the list anew and the focus stays where it was. */
function put(row, side, other) {
  const form = placeOf(row);
  form.elements[side].value = other.dataset.number;
  form.requestSubmit();
}

let dragged = null;
const marks = () => document.querySelectorAll(".drop-before, .drop-after").forEach((el) => el.classList.remove("drop-before", "drop-after"));
const under = (event) => {
  const row = dragged && event.target.closest?.(".q-row");
  return row && row !== dragged && placeOf(row) ? row : null;
};
const sideOf = (event, row) => (event.clientY < row.getBoundingClientRect().top + row.offsetHeight / 2 ? "before" : "after");

document.addEventListener("dragstart", (event) => {
  if (!event.target.closest?.(".grip")) return;
  dragged = event.target.closest(".q-row");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.number);
  event.dataTransfer.setDragImage(dragged, 10, 20);
});
document.addEventListener("dragover", (event) => {
  marks();
  const row = under(event);
  if (!row) return;
  event.preventDefault();
  row.classList.add(`drop-${sideOf(event, row)}`);
});
document.addEventListener("drop", (event) => {
  const row = under(event);
  if (!row) return;
  event.preventDefault();
  put(dragged, sideOf(event, row), row);
});
document.addEventListener("dragend", () => { marks(); dragged = null; });

document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const row = document.activeElement?.closest(".q-row");
  if (!placeOf(row)) return;
  event.preventDefault();
  const up = event.key === "ArrowUp";
  const other = up ? row.previousElementSibling : row.nextElementSibling;
  if (placeOf(other)) put(row, up ? "before" : "after", other);
});

/* What is being typed is not drawn over. */
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const target = event.detail.target;
  if (target.matches?.("form.q-place") && target.contains(document.activeElement)) event.detail.shouldSwap = false;
});
