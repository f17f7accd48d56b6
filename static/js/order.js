/* Ingredients in another order: dragged, or by two buttons on each. Loaded with the second one; what is said is the
   name of the place that gets the focus.
   Pictures change places among pictures, characters among characters; @2 in the prompt follows its picture. */
const prompt = document.getElementById("prompt"), row = document.querySelector("[data-slots]");
let things, changed;

const number = (slot) => Number(slot.split("_")[1]);
const kin = (slot) => things.filter(({ at }) => at.n?.startsWith(slot.split("_")[0])).sort((a, b) => number(a.at.n) - number(b.at.n));
const place = (slot, among = slot) => kin(among).findIndex(({ at }) => at.n === slot); // -1 among the others
const boxOf = (node) => node?.closest("[data-slots] > .full:not(.wide)");

function move(box, to, by) {
  const { slot } = box.dataset, all = kin(slot), slots = all.map(({ at }) => at.n), now = {};
  if (!slots[to]) return;
  all.splice(to, 0, ...all.splice(slots.indexOf(slot), 1));
  all.forEach(({ at }, n) => {
    now[number(at.n)] = number(slots[n]);
    at.n = slots[n];
  });
  if (slot.startsWith("r")) prompt.value = prompt.value.replace(/(?<![\w@])@(\d{1,2})(?!\w)/g, (said, n) => (now[n] ? `@${now[n]}` : said));
  changed();
  draw();
  const there = row.querySelector(`[data-slot=${slots[to]}]`);
  there.querySelector(".pick").focus(); // which shows the buttons
  there.querySelector(`[data-by="${by}"]:enabled`)?.focus();
}

function draw() {
  for (const box of row.querySelectorAll(".full:not(.wide):not(:has([data-by]))")) {
    const { slot } = box.dataset, all = kin(slot), [pick, remove] = box.querySelectorAll("button");
    for (const [by, way] of all.length > 1 ? [[-1, "left"], [1, "right"]] : []) {
      const button = remove.cloneNode(true), use = button.querySelector("use");
      Object.assign(button, { className: `move ${way}`, title: `Move ${way}`, ariaLabel: `Move ${way}: ${pick.ariaLabel}`, disabled: !all[place(slot) + by] });
      button.dataset.by = by;
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#chevron-${way}`));
      box.append(button);
    }
  }
}

row.addEventListener("click", (event) => {
  const { by } = event.target.closest("button")?.dataset ?? {};
  if (!by) return;
  event.stopPropagation();
  const box = boxOf(event.target);
  move(box, place(box.dataset.slot) + Number(by), by);
}, true);

/* Only with a mouse: a finger that moves scrolls, and has the buttons. */
row.addEventListener("dragstart", (event) => event.preventDefault());
row.addEventListener("pointerdown", (event) => {
  const box = boxOf(event.target), over = new AbortController(), { signal } = over;
  if (event.pointerType !== "mouse" || event.button || !box) return;
  const drag = ({ clientX, clientY }) => {
    const [x, y] = [clientX - event.clientX, clientY - event.clientY];
    if (Math.abs(x) > 5) box.classList.add("dragged");
    box.style.translate = `${x}px ${y}px`;
  };
  const drop = ({ clientX, clientY }) => {
    over.abort();
    box.style.translate = "";
    const target = boxOf(document.elementFromPoint(clientX, clientY));
    if (target && box.classList.contains("dragged")) move(box, place(target.dataset.slot, box.dataset.slot));
    box.classList.remove("dragged");
  };
  addEventListener("pointermove", drag, { signal });
  addEventListener("pointerup", drop, { signal });
});

/* Called after every drawing of the slots. */
export function order(all, whenChanged) {
  [things, changed] = [all, whenChanged];
  draw();
}
