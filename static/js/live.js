/* The one role="status" of the page. It speaks changes of outcome, collected for five seconds; never elapsed time,
   estimates or places in line. The tab's title counts what happened while the tab was hidden. */
const region = document.getElementById("live");
const title = document.title;
const said = [];
let timer, unseen = 0;

export function announce(sentence) {
  if (!said.includes(sentence)) said.push(sentence);
  timer ??= setTimeout(speak, 5000);
}

/* A card has reached an outcome: spoken once, and counted in the title while nobody looks. */
export function outcome(card) {
  const words = {
    ready: card.many > 1 ? `${card.number} ready, ${card.many} ${card.noun ?? "clip"}s.` : `${card.number} ready.`,
    failed: `${card.number} failed${card.tag ? `, ${card.tag.toLowerCase()}` : ""}.`,
    uncertain: `${card.number} is uncertain and needs you.`,
    held: `${card.number} is held and needs you.`,
    unsaved: `${card.number} is not saved yet and needs you.`,
  }[card.state];
  if (!words) return;
  announce(words);
  if (!document.hidden) return;
  unseen += 1;
  document.title = `(${unseen}) ${title}`;
}

function speak() {
  timer = undefined;
  const running = document.querySelectorAll("[data-card][data-moving]").length;
  region.textContent = said.splice(0).join(" ") + (running ? ` ${running} still running.` : "");
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
});
