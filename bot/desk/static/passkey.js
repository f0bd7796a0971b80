// Passkeys: asks the browser for one, or to make one, and posts what it signed with the form.
"use strict";

const bytes = (text) => Uint8Array.from(
  atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const words = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function opened(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const known of list || []) known.id = bytes(known.id);
  }
  return options;
}

function written(credential) {
  const response = {};
  const { response: given } = credential;
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name]) response[name] = words(given[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: words(credential.rawId), type: credential.type, response });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const complain = form.querySelector("[role=alert]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation(); // desk.js stops the second click of a form that is on its way
    complain.hidden = true;
    try {
      const asked = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const publicKey = opened(await asked.json());
      form.elements.credential.value = written(await navigator.credentials[form.dataset.passkey]({ publicKey }));
      HTMLFormElement.prototype.submit.call(form);
    } catch {
      complain.hidden = false;
    }
  });
}
