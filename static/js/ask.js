/* hx-confirm asks in a dialog of ours, in the words of the button that was pressed. Without this the browser asks. */
export function ask(question, yes, no = "Back") {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", yes);
  dialog.innerHTML = '<p class="t-16"></p><form method="dialog" class="end"><button class="btn" value=""></button><button class="btn ink" value="yes"></button></form>';
  const [back, go] = dialog.querySelectorAll("button");
  dialog.querySelector("p").textContent = question;
  back.textContent = no;
  go.textContent = yes;
  document.body.append(dialog);
  dialog.showModal();
  go.focus();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => { dialog.remove(); answer(dialog.returnValue === "yes"); });
  });
}

document.addEventListener("htmx:confirm", async (event) => {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  const button = elt.matches("button") ? elt : elt.querySelector("button");
  if (await ask(question, button?.textContent.trim() || button?.title || "Yes")) issueRequest(true);
  else button?.focus();
});
