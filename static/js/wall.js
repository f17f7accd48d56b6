/* Pictures in rows: hover plays without sound, arrows move between them, older ones come by themselves.
   [data-roving] holds .open links; [data-hover-play="url"] a frame or tile; a[data-older] the real link "Older". */
const still = matchMedia("(prefers-reduced-motion: reduce)");
const touch = matchMedia("(hover: none)");

/* --- hover: after 150 ms, one at a time, gone on leave ----------------------------------------------- */
let playing, waiting;

function mayPlay() {
  return !still.matches && !touch.matches && !navigator.connection?.saveData && document.documentElement.dataset.hoverPlay !== "off";
}

function stop() {
  clearTimeout(waiting);
  playing?.remove();
  playing = undefined;
}

function start(frame) {
  stop();
  const video = Object.assign(document.createElement("video"), { muted: true, loop: true, playsInline: true, preload: "none", src: frame.dataset.hoverPlay });
  video.setAttribute("aria-hidden", "true");
  const picture = frame.querySelector("img");
  if (picture) video.poster = picture.currentSrc || picture.src;
  const bar = frame.querySelector("progress[data-hover-bar]");
  if (bar) video.addEventListener("timeupdate", () => { bar.value = (video.currentTime / (video.duration || 1)) * 100; });
  (frame.querySelector(".open") ?? frame).append(video);
  playing = video;
  video.play().catch(() => {});
}

document.addEventListener("pointerover", (event) => {
  const frame = event.target.closest?.("[data-hover-play]");
  if (!frame || frame.contains(event.relatedTarget) || !mayPlay()) return;
  clearTimeout(waiting);
  waiting = setTimeout(start, 150, frame);
});
/* The pointer may have come to rest before this module did. */
const under = document.querySelector("[data-hover-play]:hover");
if (under && mayPlay()) waiting = setTimeout(start, 150, under);

document.addEventListener("pointerout", (event) => {
  const frame = event.target.closest?.("[data-hover-play]");
  if (frame && !frame.contains(event.relatedTarget)) stop();
});

/* --- arrows ----------------------------------------------------------------------------------------- */
const opens = (area) => [...area.querySelectorAll(".open[href]")];

function rove(area, to) {
  for (const link of opens(area)) link.tabIndex = link === to ? 0 : -1;
}

function prepare() {
  for (const area of document.querySelectorAll("[data-roving]")) {
    const links = opens(area);
    if (links.length) rove(area, links.find((link) => link.tabIndex === 0 && link === document.activeElement) ?? links[0]);
  }
  for (const link of document.querySelectorAll("a[data-older]:not([data-watched])")) {
    link.dataset.watched = "yes";
    ahead.observe(link);
  }
}

/* Up and down go to the nearest picture of the next row by place on the screen, not by order. */
function vertical(links, from, direction) {
  const box = from.getBoundingClientRect(), middle = box.left + box.width / 2;
  const rows = links.map((link) => [link, link.getBoundingClientRect()])
    .filter(([, b]) => (direction > 0 ? b.top >= box.bottom - 4 : b.bottom <= box.top + 4));
  if (!rows.length) return null;
  const edge = direction > 0 ? Math.min(...rows.map(([, b]) => b.top)) : Math.max(...rows.map(([, b]) => b.top));
  return rows.filter(([, b]) => Math.abs(b.top - edge) < 40)
    .sort(([, a], [, b]) => Math.abs(a.left + a.width / 2 - middle) - Math.abs(b.left + b.width / 2 - middle))[0][0];
}

document.addEventListener("keydown", (event) => {
  const area = event.target.closest?.("[data-roving]");
  if (!area || !event.target.matches(".open") || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const links = opens(area), at = links.indexOf(event.target);
  const next = {
    ArrowLeft: () => links[at - 1], ArrowRight: () => links[at + 1], Home: () => links[0], End: () => links.at(-1),
    ArrowUp: () => vertical(links, event.target, -1), ArrowDown: () => vertical(links, event.target, 1),
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  rove(area, next);
  next.focus();
});
document.addEventListener("focusin", (event) => {
  const area = event.target.matches?.(".open") && event.target.closest("[data-roving]");
  if (area) rove(area, event.target);
});

/* --- older ones, fetched 800 px before the end --------------------------------------------------------- */
const ahead = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) older(entry.target);
}, { rootMargin: "0px 0px 800px" });

async function older(link) {
  ahead.unobserve(link);
  const answer = await fetch(link.href, { headers: { "X-Older": "true" } }).catch(() => null);
  if (!answer?.ok) return; // the link stays and can be followed
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const into = document.querySelector(link.dataset.older), from = page.querySelector(link.dataset.older);
  if (!into || !from) return;
  const last = into.querySelector(":scope > [data-day]:last-of-type")?.dataset.day;
  for (const piece of [...from.children]) {
    if (piece.id && document.getElementById(piece.id)) continue;
    const goesOn = piece.dataset.day && piece.dataset.day === last;
    if (goesOn && piece.matches("h2, .day")) continue;
    // The same day goes on: its pictures join the rows that are there, so that no row ends early.
    const list = goesOn && piece.matches("[data-joins]") && [...into.querySelectorAll(":scope > [data-joins]")].at(-1);
    if (list) (list.tBodies?.[0] ?? list).append(...(piece.tBodies?.[0] ?? piece).children);
    else into.append(piece);
  }
  htmx.process(into);
  const next = page.querySelector("a[data-older]");
  if (next) link.href = next.href;
  else link.remove();
  if (next) ahead.observe(link);
  prepare();
}

prepare();
document.addEventListener("htmx:afterSettle", prepare);
document.addEventListener("htmx:oobAfterSwap", prepare);
