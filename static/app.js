/* What pages gain when scripts run; nothing depends on it. Pages and parts: see templates/components. */
(() => {
  "use strict";
  const own = document.currentScript.dataset;
  const slot = (field, kind) => field.id && document.getElementById(`${field.id}-${kind}`);

  // The same words as core.text.count_words; tests/core/word_cases.json holds both to it.
  const BLANK = /[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u0085\u001c-\u001f]+/;
  const countWords = (text) => text.split(BLANK).filter((run) => /[\p{L}\p{N}]/u.test(run)).length;

  function showCount(field) {
    const place = slot(field, "count");
    if (!place) return;
    const count = countWords(field.value), most = Number(field.dataset.words);
    const words = `${count} of ${most} words`;
    if (place.textContent !== words) place.textContent = words;
    place.classList.toggle("bad-t", count > most);
  }

  // Whether a text is saved, under the text. A failure is an alert; "Saved" is only shown, or it would talk into the typing.
  function showState(field, words, failed) {
    const place = slot(field, "saved");
    if (!place) return;
    failed ? place.setAttribute("role", "alert") : place.removeAttribute("role");
    place.classList.toggle("bad-t", !!failed);
    place.textContent = words;
  }

  const timeNow = () => new Date().toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
  const saving = (event) => {
    const field = event.detail.ctx?.sourceElement;
    return field?.matches?.("[data-saves]") ? field : null;
  };
  const refusal = () => document.getElementById("refusal");
  function refuse(words) {
    const place = refusal();
    if (!place) return;
    const line = document.createElement("p");
    line.className = "wrap";
    line.textContent = words;
    place.replaceChildren(line);
  }

  const LOST = "Check the connection; your text stays here.";
  const OUT = "Not saved. You are signed out. Copy your text, then sign in again.";
  const OURS = "Something went wrong on our side. Wait a moment, then try again; your text stays here.";

  // Fields with words that no request has taken along yet, and fields whose request came to nothing.
  const fresh = new Set(), lost = new Set();
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-words]")) showCount(event.target);
    const field = event.target.closest?.("[data-saves]");
    if (field) fresh.add(field);
  });
  // A save that waited for another leaves with what stands there now: text, base, and the place for its answer.
  const inputsOf = (field) => new URLSearchParams([...new FormData(field.closest("form"))].filter(
    ([name]) => name === "csrf_token" || field.querySelector(`[name="${name}"]`)));
  let busy = 0, pressed = null; // a form sent while a text is on its way waits, or it would clash with that text
  document.addEventListener("htmx:before:request", (event) => {
    const field = saving(event);
    if (!field) return refusal()?.replaceChildren();
    busy += 1;
    fresh.delete(field);
    if (!field.name) {
      const { ctx } = event.detail;
      ctx.request.body = inputsOf(field);
      ctx.request.keepalive = `${ctx.request.body}`.length < 60000; // browsers refuse to keep more alive
      ctx.target = document.querySelector(field.getAttribute("hx-target"));
    }
    showState(field, "Saving…");
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (!saving(event) || --busy || !pressed) return;
    const { target, submitter } = pressed;
    pressed = null;
    if (lost.size) refuse(`This did not go through. ${LOST}`);
    else setTimeout(() => target.requestSubmit(submitter));
  });
  const tryAgain = () => lost.forEach((field) => field.dispatchEvent(new Event("change", { bubbles: true })));
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("hx-post")) return;
    if (!busy && !lost.size) return fresh.clear();
    event.preventDefault();
    pressed = event;
    if (!busy) tryAgain(); // the error page of a browser would take the words along
  }, true);
  window.addEventListener("online", tryAgain);
  // Whoever closes the page in the middle of a sentence finds the sentence again.
  window.addEventListener("pagehide", () => fresh.forEach((field) => fetch(field.getAttribute("hx-post"), {
    method: "POST", body: inputsOf(field), keepalive: true, headers: { "HX-Request": "true" },
  }).catch(() => {})));
  document.addEventListener("htmx:after:request", (event) => {
    const status = event.detail.ctx.response.status, field = saving(event);
    if (field) status === 401 || status >= 500 ? lost.add(field) : lost.delete(field);
    if (field && status === 401) { // the page of signing in would take the words along
      event.preventDefault();
      return showState(field, OUT, true);
    }
    if (field && status < 400) showState(field, `Saved ${timeNow()}`);
    else if (field) showState(field, `Not saved. ${status < 500 ? "Your text stays here." : "Wait a moment; your text stays here."}`, true);
    else if (status >= 500) refuse(OURS);
  });
  document.addEventListener("htmx:error", (event) => {
    if (!event.detail.ctx || event.detail.ctx.response) return; // a slip in a swap is not the network's
    const field = saving(event);
    if (field) lost.add(field), showState(field, `Not saved. ${LOST}`, true);
    else refuse(`This did not go through. ${LOST}`);
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
