/* The player of the clip page (ui.md section 7). The page brings <div data-player data-fps="24"> with a plain
   <video controls>; here the browser's bar is replaced by ours: parts/_player.html. */
const SPEEDS = [1, 0.5, 0.25, 2];

function spell(seconds) {
  const s = Math.max(0, seconds), m = Math.floor(s / 60);
  return `${m}:${(Math.floor((s % 60) * 10) / 10).toFixed(1).padStart(4, "0")}`;
}

function attach(player) {
  const video = player.querySelector("video"), part = (name) => player.querySelector(`[data-part=${name}]`);
  if (!video || player.dataset.attached) return;
  player.dataset.attached = "yes";
  const frame = 1 / (Number(player.dataset.fps) || 24);
  const track = part("track"), time = part("time"), total = part("total");
  video.controls = false;
  part("transport").hidden = false;

  const show = () => {
    const whole = video.duration || Number(player.dataset.length) || 0;
    time.textContent = spell(video.currentTime);
    total.textContent = spell(whole);
    track.max = whole;
    track.value = video.currentTime;
    track.style.setProperty("--done", `${whole ? (video.currentTime / whole) * 100 : 0}%`);
    track.setAttribute("aria-valuetext", `${spell(video.currentTime)} of ${spell(whole)}`);
  };
  const pressed = (name, on, words) => {
    part(name).setAttribute("aria-pressed", String(on));
    if (words) { part(name).setAttribute("aria-label", words); part(name).title = words; }
    for (const icon of part(name).querySelectorAll("[data-when]")) icon.toggleAttribute("hidden", (icon.dataset.when === "on") !== on);
  };
  const does = {
    play: () => (video.paused ? video.play() : video.pause()),
    back: () => step(-1),
    forward: () => step(1),
    loop: () => { video.loop = !video.loop; pressed("loop", video.loop); },
    sound: () => { video.muted = !video.muted; },
    speed: () => { video.playbackRate = SPEEDS[(SPEEDS.indexOf(video.playbackRate) + 1) % SPEEDS.length]; },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : player.requestFullscreen()),
  };
  function step(direction) {
    video.pause();
    video.currentTime = Math.min(video.duration || 0, Math.max(0, video.currentTime + direction * frame));
  }

  for (const name of Object.keys(does)) part(name)?.addEventListener("click", does[name]);
  part("screen").addEventListener("click", (event) => event.target === video && does.play());
  track.addEventListener("input", () => { video.currentTime = Number(track.value); });
  let ticking;
  const follow = () => { show(); if (!video.paused) ticking = requestAnimationFrame(follow); };
  for (const moved of ["loadedmetadata", "timeupdate", "seeked", "durationchange"]) video.addEventListener(moved, show);
  video.addEventListener("play", () => { pressed("play", true, "Pause (Space)"); follow(); });
  video.addEventListener("pause", () => { pressed("play", false, "Play (Space)"); cancelAnimationFrame(ticking); show(); });
  video.addEventListener("volumechange", () => pressed("sound", !video.muted, video.muted ? "Sound on" : "Sound off"));
  video.addEventListener("ratechange", () => { part("speed").textContent = `${video.playbackRate}×`; });
  document.addEventListener("fullscreenchange", () => pressed("full", document.fullscreenElement === player));

  document.addEventListener("keydown", (event) => {
    if (!player.isConnected || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=range]), textarea, select, button, a, summary") && event.key === " ") return;
    if (event.target.matches("input:not([type=range]), textarea, select, [contenteditable]")) return;
    const name = { " ": "play", ",": "back", ".": "forward" }[event.key];
    if (!name || (name !== "play" && document.documentElement.dataset.singleKeys === "off")) return;
    event.preventDefault();
    does[name]();
  });
  show();
}

function attachAll() {
  for (const player of document.querySelectorAll("[data-player]")) attach(player);
}
attachAll();
document.addEventListener("htmx:afterSettle", attachAll);
document.addEventListener("htmx:oobAfterSwap", attachAll);
