/* Texts of a letter save themselves, and none is lost: what the server does not have yet is kept on this computer for its
   writer alone, and offered back. Markup: templates/letters/section.html, _question.html. */
(() => {
  "use strict";
  const own = document.currentScript.dataset; // who, letter, page, token, signIn
  const FIELD = "[data-saves],[data-keeps]", OURS = /^(csrf_token|keep|do)$|-(base|shows|theirs|sure)$/, CHOICE = /radio|checkbox/;
  const OLDEST = Date.now() - 60 * 864e5, SAVING = "Saving…";
  const byId = (id) => document.getElementById(id), all = (css, root = document) => [...root.querySelectorAll(css)];
  const on = (names, act, where = document) => names.split(" ").forEach((name) => where.addEventListener(name, act));
  const el = (tag, more, ...inside) => {
    const made = Object.assign(document.createElement(tag), more);
    made.append(...inside);
    return made;
  };

  // A failure is an alert; "Saved" is only shown, or it would talk into the typing.
  function showState(field, words, failed) {
    const place = byId(`${field.id}-saved`);
    if (!place) return;
    failed ? place.setAttribute("role", "alert") : place.removeAttribute("role");
    place.classList.toggle("bad-t", !!failed);
    place.textContent = words;
  }
  const failed = (field, why = "") => showState(field, `Not saved${unkept.has(field) ? ". Your text stays here." : ", kept on this computer."}${why}`, true);
  const tell = (...words) => byId("refusal")?.replaceChildren(...(words.length ? [el("p", { className: "wrap" }, ...words)] : []));

  // One entry for each unsaved field of a window.
  const store = (() => { try { return localStorage; } catch { return {}; } })();
  const person = `kept:${own.who}:${own.letter}:`, here = Date.now().toString(36) + Math.random().toString(36).slice(2, 8);
  const mine = new Map(), unkept = new Set(); // id of a field → its key; fields that could not be kept
  const formOf = (field) => field.closest("form") || field.querySelector("[form]").form;
  const baseOf = (field) => field.querySelector('[name$="-base"]');
  const named = (field) => all("[name]", field).filter((input) => !OURS.test(input.name) && input.type !== "file");
  const inputsOf = (field) => [...new FormData(formOf(field))].filter(
    ([name, text]) => typeof text === "string" && (name === "csrf_token" || field.querySelector(`[name="${name}"]`)));
  const typedIn = (field) => inputsOf(field).filter(([name]) => !OURS.test(name));
  const plain = (inputs) => JSON.stringify(inputs.map(([name, text]) => [name, text.replace(/\r\n?/g, "\n").trim()]));
  const remove = (key) => key && store.removeItem?.(key);
  const read = (key) => { try { return { key, ...JSON.parse(store[key]) }; } catch { return { key }; } };
  const keys = (start) => Object.keys(store).filter((key) => key.startsWith(start));

  function keep(field) {
    const base = baseOf(field)?.value || "", key = `${person}${field.id}:${base}:${here}`, before = mine.get(field.id);
    try {
      store.setItem(key, JSON.stringify({ at: Date.now(), page: own.page, id: field.id, base, inputs: typedIn(field) }));
    } catch { // full, or switched off: then the page is all there is
      return unkept.add(field);
    }
    mine.set(field.id, key);
    unkept.delete(field);
    if (before !== key) remove(before);
  }
  function forget(field) {
    remove(mine.get(field.id));
    mine.delete(field.id);
    unkept.delete(field);
  }

  // What an earlier window kept: one note a field, the newest text first.
  function offer() {
    const found = keys(person).filter((key) => !key.endsWith(here)).map(read).filter((entry) => entry.page === own.page);
    let count = 0;
    for (const entry of found.sort((a, b) => b.at - a.at)) {
      const field = byId(entry.id);
      if (field && plain(typedIn(field)) === plain(entry.inputs)) {
        if (field.querySelector(".err,[id$=-conflict]")) keep(field); // the page came back with it, not saved
        remove(entry.key);
      } else if (!byId(`${entry.id}-kept`)) {
        count += 1;
        field ? field.prepend(note(entry, field)) : document.querySelector("#main h1").after(note(entry));
      }
    }
    if (count) byId("said").textContent = `Kept on this computer, not saved yet: ${count}. See the notes on this page.`;
  }
  function note(entry, field) {
    const id = `${entry.id}-kept`, when = new Date(entry.at).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
    const button = (words, onclick) => el("button", { type: "button", className: "btn quiet slim", onclick }, words);
    const end = () => {
      remove(entry.key);
      made.remove();
      (field ? named(field)[0] : byId("main"))?.focus();
      offer();
    };
    const made = el("section", { id, className: "note warm flow-s noprint", ariaLabel: "A text that was not saved" },
      el("p", {}, el("b", {}, `You wrote this on ${when}, and it was not saved.`)),
      el("details", {}, el("summary", {}, "Show it"), el("blockquote", {}, ...linesOf(entry, field))),
      el("p", { className: "row" }, ...(field ? [button("Use it", () => use(entry, field, end))] : []), button("Drop it", end)));
    made.dataset.key = entry.key;
    return made;
  }
  const linesOf = (entry, field) => entry.inputs.filter(([, text]) => text.trim()).flatMap(([name, text]) => {
    const choice = field && named(field).find((one) => one.name === name && one.value === text && CHOICE.test(one.type));
    return (choice?.labels[0].textContent || text).split("\n").map((line) => el("p", {}, line));
  });
  function use(entry, field, end) {
    for (const input of named(field)) {
      const texts = entry.inputs.filter(([name]) => name === input.name).map(([, text]) => text);
      CHOICE.test(input.type) ? (input.checked = texts.includes(input.value)) : (input.value = texts[0] ?? "");
    }
    const base = baseOf(field);
    if (base) base.value = entry.base; // what came since is then shown beside it, not written over
    named(field)[0].dispatchEvent(new Event("input", { bubbles: true }));
    end();
    save(field);
  }

  // Fields with words that no request took along yet, and fields whose request came to nothing.
  const fresh = new Set(), lost = new Set();
  let busy = 0, pressed = null, out = false, chosen = "";
  const source = (event) => event.detail.ctx?.sourceElement;
  const saving = (event) => (source(event)?.matches?.("[data-saves]") ? source(event) : null);
  const save = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));
  const bodyOf = (field) => new URLSearchParams(inputsOf(field));
  on("input", ({ target }) => {
    const field = target.closest?.(FIELD);
    if (!field) return;
    if (field.matches("[data-saves]")) fresh.add(field);
    keep(field);
  });
  on("htmx:before:request", (event) => {
    const field = saving(event), { ctx } = event.detail;
    if (source(event)?.matches?.("[data-quiet]") && (out || document.hidden)) return event.preventDefault();
    if (!field) return;
    busy += 1;
    fresh.delete(field);
    // A save that waited leaves with what stands there now: text, base, and the place for its answer.
    ctx.request.body = bodyOf(field);
    ctx.request.keepalive = `${ctx.request.body}`.length < 60000; // browsers refuse to keep more alive
    ctx.target = document.querySelector(field.getAttribute("hx-target"));
    showState(field, SAVING);
  });
  on("htmx:after:request", (event) => {
    const { ctx } = event.detail, { status } = ctx.response, field = saving(event);
    const isStale = status === 400 && field && !field.dataset.renewed; // signed in anew elsewhere: another token
    // no page of signing in, or of a proxy, in place of the text
    const isForeign = field && status >= 400 && !ctx.hx.retarget && !ctx.text.includes(ctx.target?.id);
    if (status === 401 || isStale || isForeign) event.preventDefault();
    if (status === 401) signedOut();
    if (isStale) field.dataset.renewed = "once", renew();
    if (!field) return status < 400 && taken(source(event), ctx.target);
    if (status < 400) delete field.dataset.renewed;
    isStale || status === 401 || status >= 429 ? lost.add(field) : lost.delete(field);
    if (status >= 400) failed(field, status === 401 ? " You are signed out." : status >= 429 ? " We try again in a moment." : "");
  });
  on("htmx:error", (event) => {
    const field = saving(event);
    if (!field || event.detail.ctx.response) return; // a slip in a swap is not the network's
    lost.add(field);
    failed(field, " Check the connection.");
  });
  on("htmx:finally:request", (event) => {
    const field = saving(event), { response } = event.detail.ctx;
    if (!field) return;
    if (response?.status < 400) {
      forget(field);
      if (fresh.has(field)) keep(field); // typed meanwhile, and from here on another base
      if (byId(`${field.id}-saved`)?.textContent === SAVING) showState(field, "Saved");
    }
    if (--busy || !pressed) return;
    const { target, submitter } = pressed;
    pressed = null;
    if (!lost.size) setTimeout(() => target.requestSubmit(submitter));
    else if (!out) tell("This did not go through. Check the connection; your text is kept here.");
  });
  // A button took along what its part held: a choice of two texts, a line, a comment.
  function taken(button, part) {
    if (button?.name === "keep") chosen = part.id;
    if (button?.matches("button")) [part, ...all(FIELD, part)].forEach((field) => (forget(field), fresh.delete(field), lost.delete(field)));
  }
  on("htmx:after:settle", ({ target }) => {
    if (!target.matches?.(".field,.panel")) return;
    offer();
    if (chosen && target.id === chosen) named(target).find((input) => input.type !== "hidden")?.focus();
    chosen = "";
  });

  // A form waits for its texts: the error page of a browser would take the words along.
  document.addEventListener("submit", (event) => {
    const waits = window.htmx && event.target.querySelector("[data-saves]") && (busy || lost.size || fresh.size);
    if (!waits || event.target.hasAttribute("hx-post")) return;
    event.preventDefault();
    pressed = event;
    new Set([...fresh, ...(busy ? [] : lost)]).forEach(save);
  }, true);
  on("pagehide", () => fresh.forEach((field) => fetch(field.getAttribute("hx-post"), {
    method: "POST", body: bodyOf(field), keepalive: true, headers: { "HX-Request": "true" },
  }).catch(() => {})), window);
  on("beforeunload", (event) => unkept.size && event.preventDefault(), window);
  on("storage", ({ key, newValue }) => newValue || all("[data-key]").forEach((one) => one.dataset.key === key && one.remove()), window);

  // Once the person is back, saving goes on with the token that is good then.
  function signedOut() {
    out = true;
    tell("You are signed out. What you type is kept on this computer. ",
      el("a", { href: own.signIn, target: "_blank", rel: "noopener" }, "Sign in in another window"), "; saving then goes on here.");
  }
  async function renew() {
    const answer = await fetch(own.token, { headers: { "HX-Request": "true" } }).catch(() => ({}));
    const found = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-who]");
    if (!found) return;
    if (found.dataset.who !== own.who) return tell("Somebody else is signed in here now. Sign in as yourself; saving then goes on here.");
    if (out) tell();
    out = false;
    all('[name="csrf_token"]').forEach((input) => { input.value = found.value; });
    goOn();
  }
  function goOn() {
    out ? renew() : busy || lost.forEach((field) => (field.isConnected ? save(field) : lost.delete(field)));
  }
  setInterval(goOn, 10000);
  on("online focus", goOn, window);

  if (!own.who) return;
  keys("kept:").forEach((key) => read(key).at > OLDEST || remove(key));
  offer();
})();
