// Keeps a page fresh: the server says that something changed, the page is fetched again and only
// what differs is put in place. A half-written text, the place on the page and a playing voice
// message stay as they are. Without this script the page works all the same.
"use strict";

const shown = (id) => document.getElementById(id);
const tell = (id) => { shown(id).hidden = false; };

// -- forms ---------------------------------------------------------------------------------------

let sending = false;

function unsent(notKept = false) {
  const fields = document.querySelectorAll(
    "textarea:not([readonly]), input[type=file], form[method=post] input[type=text]",
  );
  return [...fields].some((field) => {
    if (field.value.trim() === "" || (notKept && field.dataset.kept === field.value)) return false;
    return "draft" in field.dataset || field.value.trim() !== (field.defaultValue || "").trim();
  });
}

document.addEventListener("submit", (event) => {
  if (event.target.method === "dialog" || "download" in event.target.dataset) return; // stays here
  if (sending) return event.preventDefault(); // a double click is one click
  sending = true;
});

window.addEventListener("pageshow", () => { sending = false; }); // came back by "back"

window.addEventListener("beforeunload", (event) => {
  if (!sending && unsent(true)) event.preventDefault();
});

document.addEventListener("change", ({ target }) => {
  if (target.dataset.maxBytes === undefined) return;
  const tooLarge = [...target.files].some((file) => file.size > Number(target.dataset.maxBytes));
  target.setCustomValidity(tooLarge ? target.dataset.tooLarge : "");
  target.reportValidity();
});

// -- fresh parts ---------------------------------------------------------------------------------

let busy = false;
let again = false;

async function refresh() {
  again = true;
  if (busy) return; // one at a time: an older page must not overwrite a newer one
  busy = true;
  try {
    while (again) {
      again = false;
      await fetchAndRenew();
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // no network: the next event tries again
  } finally {
    busy = false;
  }
}

async function fetchAndRenew() {
  const answer = await fetch(document.body.dataset.pageAddress, { cache: "no-store" });
  if (answer.redirected) return tell("lost-session");
  if (answer.status === 404) return tell("lost-case");
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (fresh.querySelector("main").dataset.stamp !== shown("main").dataset.stamp) {
    return unsent() ? tell("changed-meanwhile") : location.replace(document.body.dataset.pageAddress);
  }
  keepPlace(() => {
    for (const part of document.querySelectorAll("[data-live]")) {
      renew(part, fresh.getElementById(part.id));
    }
  });
}

// What this page alone knows is no change: the number of a form, what cannot be played here.
function keepState(part, fresh) {
  const known = new Map([...part.querySelectorAll("[name=form_id]")].map((n) => [sameForm(n), n]));
  for (const number of fresh.querySelectorAll("[name=form_id]")) {
    const old = known.get(sameForm(number));
    if (old) number.setAttribute("value", old.value);
  }
  for (const { id } of part.querySelectorAll(".unplayable:not([hidden])")) {
    fresh.querySelector(`#${id}`)?.removeAttribute("hidden");
  }
}

// Equal for one form on two pages, whatever stands before it: where it goes, and what is about whom.
function sameForm({ form }) {
  const hidden = [...form.querySelectorAll("input[type=hidden]:not([name=form_id])")];
  return [form.getAttribute("action"), ...hidden.map(({ name, value }) => `${name}=${value}`)].join(" ");
}

function renew(part, fresh) {
  if (fresh) keepState(part, fresh);
  if (fresh && part.localName === "details") fresh.toggleAttribute("open", part.open); // as it is
  if (!fresh || part.isEqualNode(fresh)) return;
  if (part.dataset.live === "rows") renewRows(part, fresh);
  else part.replaceWith(document.adoptNode(fresh));
}

function renewRows(list, fresh) {
  const known = new Map([...list.children].map((row) => [row.id, row]));
  const rows = [...fresh.children].map((row) => {
    const old = known.get(row.id);
    return old && (old.isEqualNode(row) || inUse(old)) ? old : document.adoptNode(row);
  });
  const kept = new Set(rows);
  for (const row of [...list.children]) if (!kept.has(row)) row.remove();
  rows.forEach((row, index) => { // a row that stays is not moved: moving stops what it plays
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] || null);
  });
}

function inUse(row) { // somebody fills in a form in it
  return row.querySelector("details[open]") !== null || row.querySelector("form :focus") !== null;
}

function keepPlace(change) {
  const focused = document.activeElement;
  const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 2) || document.body;
  const spot = focused && focused.id && focused !== shown("main") ? focused : middle.closest("[id]");
  const before = spot && spot.getBoundingClientRect().top;
  change();
  if (focused && focused.id && !focused.isConnected) shown(focused.id)?.focus({ preventScroll: true });
  const now = spot && shown(spot.id);
  if (now) scrollBy(0, now.getBoundingClientRect().top - before);
}

// a form that was sent comes back to its panel, which stays open
const cameBackTo = shown(location.hash.slice(1));
if (cameBackTo?.localName === "details") cameBackTo.open = true;

// -- recordings ----------------------------------------------------------------------------------

function tellIfUnplayable(player) {
  if (!player.matches("audio, video")) return;
  const onlySound = player.localName === "video" && player.readyState > 0 && player.videoWidth === 0;
  if (player.error || onlySound) player.parentElement.querySelector(".unplayable").hidden = false;
}

for (const told of ["error", "loadedmetadata"]) {
  document.addEventListener(told, ({ target }) => tellIfUnplayable(target), true);
}
document.querySelectorAll("audio, video").forEach(tellIfUnplayable); // before this script came

// -- the server's word ---------------------------------------------------------------------------

const address = document.body.dataset.liveAddress;
let events = null;

function listen() {
  events = new EventSource(address);
  events.onopen = refresh; // what changed before we listened
  events.onmessage = ({ data }) => {
    if (data !== "signed-out") return refresh();
    tell("lost-session");
    events.close();
  };
}

if (address) {
  listen();
  // a browser opens only six connections to one server: tabs in the background give theirs back
  document.addEventListener("visibilitychange", () => {
    events.close();
    if (!document.hidden) listen();
  });
}

// -- keys ----------------------------------------------------------------------------------------

const help = document.getElementById("help");
const KEYS_ARE_OFF = "hamrah-keys-off"; // kept in this browser: it says nothing about a case
const goTo = { c: "/desk/", s: "/desk/search", w: "/desk/reception" };

// Whether a pressed key may be one of ours: not while somebody writes, nor where they are off.
function oneLetter(event) {
  if (event.target.matches("input, textarea, select, [contenteditable]")) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return !help.open && (event.key === "?" || shown("help-on").checked);
}

if (help) {
  const on = shown("help-on");
  on.checked = localStorage.getItem(KEYS_ARE_OFF) === null;
  on.addEventListener("change", () => {
    if (on.checked) localStorage.removeItem(KEYS_ARE_OFF);
    else localStorage.setItem(KEYS_ARE_OFF, "yes");
  });
  document.addEventListener("keydown", (event) => {
    if (!oneLetter(event)) return;
    if (event.key === "?") { event.preventDefault(); return help.showModal(); }
    if (event.key === "t") return document.querySelector("form.next button")?.focus();
    const place = document.querySelector(`.places a[href="${goTo[event.key]}"]`);
    if (place) { event.preventDefault(); place.click(); }
  });
}
