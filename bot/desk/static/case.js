// The page of a case: half-written texts are kept on the server (sealed), keys of one letter, and
// quick replies that go into the box of the reply. Without this script the page works all the same.
"use strict";

const hint = document.getElementById("keys-hint");

// -- drafts --------------------------------------------------------------------------------------

const DRAFT_DELAY_MS = 1500; // after the last letter

function keepDraft(field) {
  const body = new URLSearchParams({
    form_key: hint.dataset.formKey, field: field.dataset.draft, draft: field.value,
  });
  return fetch(hint.dataset.draftAddress, { method: "POST", body, keepalive: true }).then((answer) => {
    if (!answer.ok || answer.redirected) return;
    field.dataset.kept = field.value;
    document.querySelector(`[data-kept=${field.dataset.draft}]`).hidden = field.value === "";
  }, () => { /* no network: the next letter tries again */ });
}

for (const field of document.querySelectorAll("textarea[data-draft]")) {
  let timer = 0;
  field.dataset.kept = field.value;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keepDraft, DRAFT_DELAY_MS, field);
  });
  field.form.addEventListener("submit", () => clearTimeout(timer));
}

// -- quick replies -------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-use]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const box = document.getElementById("text");
    box.value += (box.value.trim() ? "\n\n" : "") + button.dataset.use;
    box.dispatchEvent(new Event("input"));
    box.focus();
  });
}

// -- keys ----------------------------------------------------------------------------------------

const places = { r: "text", n: "note", d: "next_day" };

hint.hidden = false;
document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  const sends = { text: event.ctrlKey || event.metaKey, note: event.altKey };
  // the reply and the note are sent by different keys: a note never goes to the worker by habit
  if (key === "Enter" && sends[target.id]) {
    event.preventDefault();
    return target.form.requestSubmit();
  }
  if (!oneLetter(event)) return; // static/desk.js: typed into no field, and not switched off
  if (key === "j") document.getElementById("newest")?.scrollIntoView();
  const place = document.getElementById(places[key]);
  if (!place) return;
  event.preventDefault();
  place.scrollIntoView({ block: "center" });
  place.focus();
});
