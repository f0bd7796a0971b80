// A draft shows what it will look like while it is written, and counts while you choose. Without
// this script the button "Save and show" does both.
"use strict";

const draft = document.getElementById("draft");
let counting = 0;
let latest = 0;

draft.addEventListener("input", ({ target }) => {
  if (target.dataset.shows) show(target);
  if (target.id === "template") showTemplate(target.value);
  clearTimeout(counting);
  counting = setTimeout(count, 300);
});
// what was written and chosen before this script was here, or before the page was loaded again
draft.querySelectorAll("[data-shows]").forEach(show);
showTemplate(draft.elements.template.value);
count();

function show(field) {
  const text = field.value.trim();
  for (const shown of document.querySelectorAll(`[data-shown="${field.dataset.shows}"]`)) {
    shown.textContent = text;
  }
  document.getElementById(`preview-${field.dataset.shows}`).hidden = text === "";
}

function showTemplate(name) {
  for (const shown of document.querySelectorAll("[data-template]")) {
    shown.hidden = shown.dataset.template !== name;
  }
}

async function count() {
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(draft)) {
    if (name.startsWith("text_")) { // what it says stays here: only that there is something
      if (value.trim()) chosen.set(`has.${name.slice(5)}`, "1");
    } else if (name.includes(".") || name === "fallback" || name === "template") {
      chosen.set(name, value);
    }
  }
  const mine = ++latest;
  const answer = await fetch(`${draft.dataset.count}?${chosen}`, { cache: "no-store" }).catch(() => null);
  if (!answer || !answer.ok || mine !== latest) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const reach = fresh.getElementById("reach");
  if (reach) document.getElementById("reach").replaceWith(document.adoptNode(reach));
}
