/* One timer for every time[data-since] and every hairline. The server's clock counts, not the visitor's. */
const told = Number(document.querySelector("[data-now]")?.dataset.now);
const offset = told ? told - Date.now() / 1000 : 0;

export const serverNow = () => Date.now() / 1000 + offset;

function spell(seconds) {
  const s = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/* A guess is a range, as in generations/web/words.py: 20–40 s, 1–3 min. */
function range(least, most) {
  const [unit, step] = most < 95 ? ["s", 10] : ["min", 60];
  const scale = unit === "s" ? 10 : 1;
  const low = Math.floor(least / step) * scale, high = Math.max(scale, Math.ceil(most / step) * scale);
  if (low > 0 && low < high) return `${low}–${high} ${unit}`;
  return low <= 0 ? `up to ${high} ${unit}` : `about ${high} ${unit}`;
}

function left(age, least, most) {
  if (age < most) return `${range(Math.max(0, least - age), most - age)} left`;
  return `usually ${spell((least + most) / 2)}`;
}

function tick() {
  if (document.hidden) return;
  const now = serverNow();
  for (const time of document.querySelectorAll("time[data-since]")) {
    const text = spell(now - Number(time.dataset.since));
    if (time.textContent !== text) time.textContent = text;
  }
  for (const guess of document.querySelectorAll("[data-left-since]")) {
    const { leftSince, least, most } = guess.dataset;
    const text = left(now - Number(leftSince), Number(least), Number(most));
    if (guess.textContent !== text) guess.textContent = text;
  }
  for (const bar of document.querySelectorAll("progress[data-progress-since]")) {
    const part = (now - Number(bar.dataset.progressSince)) / Number(bar.dataset.usual);
    bar.value = Math.round(Math.min(95, Math.max(2, part * 100)));
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
document.addEventListener("htmx:oobAfterSwap", tick);
