// The page of a case: half-written texts are kept on the server (sealed), keys of one letter, and
// quick replies that go into the box of the reply. Without this script the page works all the same.
"use strict";

const keys = document.getElementById("keys");

// -- drafts --------------------------------------------------------------------------------------

const DRAFT_DELAY_MS = 1500; // after the last letter

function keepDraft(field) {
  const body = new URLSearchParams({
    form_key: keys.dataset.formKey, field: field.dataset.draft, draft: field.value,
  });
  return fetch(keys.dataset.draftAddress, { method: "POST", body, keepalive: true }).then((answer) => {
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

const KEYS_OFF = "hamrah-keys-off"; // kept in this browser: it says nothing about a case
const places = { r: "text", n: "note", d: "next_day" };

if (keys) {
  const on = document.getElementById("keys-on");
  on.checked = localStorage.getItem(KEYS_OFF) === null;
  on.addEventListener("change", () => {
    if (on.checked) localStorage.removeItem(KEYS_OFF); else localStorage.setItem(KEYS_OFF, "yes");
  });
  document.getElementById("keys-hint").hidden = false;
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const writing = target.matches("input, textarea, select, [contenteditable]");
    // the reply and the note are sent by different keys: a note never goes to the worker by habit
    if (key === "Enter" && target.id === "text" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      target.form.requestSubmit();
    } else if (key === "Enter" && target.id === "note" && event.altKey) {
      event.preventDefault();
      target.form.requestSubmit();
    } else if (!writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (key === "?" ) { event.preventDefault(); return keys.showModal(); }
      if (!on.checked || keys.open) return;
      if (key === "j") document.getElementById("newest")?.scrollIntoView();
      const place = document.getElementById(places[key]);
      if (!place) return;
      event.preventDefault();
      place.scrollIntoView({ block: "center" });
      place.focus();
    }
  });
}
