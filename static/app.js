/* What pages gain when scripts run; nothing depends on it. Pages and parts: see templates/components. */
(() => {
  "use strict";
  const own = document.currentScript.dataset;

  // The same words as core.text.count_words; tests/core/word_cases.json holds both to it.
  const BLANK = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u0085\u001c-\u001f]+/;
  const countWords = (text) => text.split(BLANK).filter((run) => /[\p{L}\p{N}]/u.test(run)).length;

  function showCount(field) {
    const place = document.getElementById(`${field.id}-count`);
    if (!place) return;
    const count = countWords(field.value), most = Number(field.dataset.words);
    const words = `${count} of ${most} words`;
    if (place.textContent !== words) place.textContent = words;
    place.classList.toggle("bad-t", count > most);
  }

  const refusal = () => document.getElementById("refusal");
  function refuse(...words) {
    const line = document.createElement("p");
    line.className = "wrap";
    line.append(...words);
    refusal()?.replaceChildren(line);
  }

  const LOST = "This did not go through. Check the connection; your text stays here.";
  const OURS = "Something went wrong on our side. Wait a moment, then try again; your text stays here.";
  // What saves itself, or calls by itself, says under its own text how it stands: see letter.js.
  const isQuiet = (event) => !!event.detail.ctx?.sourceElement?.matches?.("[data-saves],[data-quiet]");
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-words]")) showCount(event.target);
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (!isQuiet(event)) refusal()?.replaceChildren();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { response, sourceElement } = event.detail.ctx;
    if (!isQuiet(event) && response.status >= 500) refuse(OURS);
    if (response.status < 400) drop(sourceElement);
  });
  document.addEventListener("htmx:error", (event) => {
    const { ctx } = event.detail;
    if (ctx && !ctx.response && !isQuiet(event)) refuse(LOST); // a slip in a swap is not the network's
  });

  // Texts that letter.js keeps on this computer for their writer go with the sign-out, but not without a word.
  const store = (() => { try { return localStorage; } catch { return {}; } })();
  const keptOf = (form) => (form?.dataset?.who ? Object.keys(store).filter((key) => key.startsWith(`kept:${form.dataset.who}:`)) : []);
  const drop = (form) => keptOf(form).forEach((key) => store.removeItem(key));
  document.addEventListener("submit", (event) => {
    const form = event.target, kept = keptOf(form);
    if (!kept.length) return;
    if (form.dataset.sure) return window.htmx || drop(form);
    event.preventDefault();
    event.stopPropagation();
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn stop slim" });
    button.textContent = "Sign out and drop them";
    button.onclick = () => { form.dataset.sure = "yes"; form.requestSubmit(); };
    refuse(`Not saved yet, and kept on this computer: ${kept.length}. Go back to the letter to save them, or `, button);
    button.focus();
  }, true);

  // A chapter of what staff build is saved by its own buttons. Who goes elsewhere with words in it that are not kept is
  // asked by the browser: typed, sent in vain, or back with something to mend. The form itself says how it stands.
  const mark = (form, state) => { if (form?.matches?.("form[data-leaving]")) form.dataset.leaving = state; };
  document.addEventListener("input", (event) => mark(event.target.closest?.("form"), "unsaved"));
  document.addEventListener("submit", (event) => mark(event.target, ""));
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 400) mark(ctx.sourceElement, "unsaved");
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => { if (!ctx?.response) mark(ctx?.sourceElement, "unsaved"); });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-leaving=unsaved]")) event.preventDefault();
  });

  // The cursor goes to what an error line names: the field, or the first choice of a group.
  document.addEventListener("click", (event) => {
    const line = event.target.closest?.(".errors a[href^='#']");
    const named = line && document.getElementById(line.hash.slice(1));
    const field = named?.matches("fieldset") ? named.querySelector("input,select,textarea") : named;
    if (!field) return;
    event.preventDefault();
    field.focus();
    (field.labels?.[0] || field).scrollIntoView({ block: "center" });
  });

  // A swap that takes the focused thing away leaves the keyboard at the start of the new part, not of the page.
  let held = false;
  document.addEventListener("htmx:before:swap", (event) => {
    const target = event.detail.ctx.target, focused = document.activeElement;
    held = focused !== document.body && target instanceof Element && target.contains(focused);
  });
  document.addEventListener("htmx:after:settle", (event) => {
    const part = event.target;
    if (!held || document.activeElement !== document.body || !(part instanceof HTMLElement) || part.closest(".tell")) return;
    held = false;
    if (part.matches("[autofocus]") || part.querySelector("[autofocus]")) return;
    if (!part.hasAttribute("tabindex")) part.tabIndex = -1;
    part.focus({ preventScroll: true });
  });

  function start() {
    document.querySelectorAll("[data-words]").forEach(showCount);
    const said = document.getElementById("said");
    if (said?.textContent) said.append("\u00a0"); // a live region speaks when it changes
  }

  // Some schools block the delivery network: then the same bytes come from here. The first script is put out of
  // work before, or every form would be sent twice.
  function fetchOwn(first) {
    if (window.htmx || !first?.isConnected) return;
    document.implementation.createHTMLDocument().adoptNode(first);
    const script = document.createElement("script");
    Object.assign(script, { src: own.htmx, integrity: own.htmxSum });
    document.head.append(script);
  }
  if (!window.htmx) {
    const first = document.getElementById("from-network");
    first?.addEventListener("error", () => fetchOwn(first));
    setTimeout(fetchOwn, 3000, first);
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
