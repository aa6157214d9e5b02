// Saves as one types, swaps the parts of the page that a button changed, and searches topics.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const bar = () => $("#bar");
  if (!bar()) { watchTest(); return; }

  let waiting = [], timer = 0, saving = null, frozen = false;
  const say = (text) => { $("#saved").textContent = text; };
  const base = () => Number(bar().dataset.version);
  const here = () => `/studio/${bar().dataset.case}`;

  function notice(text, kind = "error", link = null) {
    const p = Object.assign(document.createElement("p"), { className: `notice ${kind}`, textContent: `${text} ` });
    if (link) p.append(Object.assign(document.createElement("a"), { href: link, textContent: "Compare the two" }));
    $("#notice").replaceChildren(...(text ? [p] : []));
  }

  // --- saving -------------------------------------------------------------------------------
  function change(one, wait = 500) {
    if (frozen) return;
    const last = waiting[waiting.length - 1];
    const key = JSON.stringify(one.path);
    if (one.do === "set") waiting = waiting.filter((w) => w.do !== "set" || JSON.stringify(w.path) !== key || w !== last);
    waiting.push(one);
    say("Typing …");
    clearTimeout(timer);
    timer = setTimeout(flush, wait);
  }

  async function flush() {
    clearTimeout(timer);
    while (saving) await saving;
    if (!waiting.length || frozen) return !frozen;
    const sent = waiting;
    waiting = [];
    saving = send(sent);
    const well = await saving;
    saving = null;
    return well;
  }

  async function send(sent) {
    say("Saving …");
    const raw = sent.find((s) => s.raw !== undefined);
    const [where, body] = raw
      ? ["text", { base: base(), text: sent.filter((s) => s.raw !== undefined).pop().raw }]
      : ["changes", { base: base(), changes: sent }];
    let answer;
    try {
      answer = await fetch(`${here()}/${where}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    } catch {
      waiting = [...sent, ...waiting];
      say("Not saved: the program does not answer. Trying again …");
      timer = setTimeout(flush, 3000);
      return false;
    }
    const told = await answer.json().catch(() => ({ message: "The program answered something unreadable." }));
    if (answer.status === 409) {
      frozen = true;
      notice(told.message, "warn", told.compare);
      say("Not saved");
      return false;
    }
    if (!answer.ok) {
      notice(told.message || "This could not be saved.");
      say("Not saved");
      return false;
    }
    notice("");
    show(told);
    return true;
  }

  function show(told) {
    bar().dataset.version = told.version;
    $$("input[name=base]").forEach((i) => { i.value = told.version; });
    say(`Version ${told.version}, saved`);
    const set = (id, on) => { const b = document.getElementById(id); if (b) b.disabled = !on; };
    set("step-1", told.undo);
    set("step1", told.redo);
    $("#complete").textContent = told.complete ?? "–";
    $$("[data-count]").forEach((c) => { const n = told.counts[c.dataset.count] || 0; c.textContent = n; c.hidden = !n; });
    findings(told);
    const plays = $("#plays");
    const stale = plays && plays.dataset.turns !== "0" && Number(plays.dataset.version) !== told.version;
    if (plays) {
      plays.classList.toggle("stale", stale);
      plays.textContent = told.playing === null ? "The case has faults and cannot be played yet."
        : told.playing !== told.version ? `Version ${told.playing} plays; the newest has a fault to mend.`
        : stale ? "The case has changed since." : `Plays version ${told.playing}.`;
    }
  }

  function findings(told) {
    const line = (n, lead = "") => Object.assign(document.createElement("p"), { className: "finding", textContent: lead + n.message });
    const refused = (told.refused || []).map((r) => ({ ...r, part: "" }));
    const boxes = $$("[data-notes]").map((box) => [box, JSON.parse(box.dataset.notes)]);
    boxes.sort((a, b) => b[1].length - a[1].length);
    boxes.forEach(([box]) => box.replaceChildren());
    const general = $("[data-part-notes]");
    general?.replaceChildren();
    // as findings.placed does: at the nearest place above it that the part shows, else in its list
    for (const n of [...told.notes, ...refused]) {
      if (n.part && n.part !== general?.dataset.partNotes) continue;
      const box = boxes.find(([, path]) => path.every((step, i) => step === n.path[i]));
      (box ? box[0] : general)?.append(line(n));
    }
    const text = $("#yaml-notes");
    text?.replaceChildren(...told.notes.map((n) => {
      const p = line(n, ` ${n.place}: `);
      p.prepend(Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: `line ${n.line}` }));
      p.firstChild.dataset.line = n.line;
      return p;
    }));
  }

  const field = (e) => {
    const f = e.target;
    if (f.dataset?.raw !== undefined) return change({ raw: f.value, path: [], do: "raw" }, 900);
    if (!f.dataset?.path || f.matches("[role=combobox]")) return;
    const quick = f.matches("select, [type=checkbox]");
    if (quick !== (e.type === "change")) return;
    change({ do: "set", path: JSON.parse(f.dataset.path), kind: f.dataset.kind, text: f.type === "checkbox" ? f.checked : f.value }, quick ? 0 : 500);
  };
  document.addEventListener("input", field);
  document.addEventListener("change", (e) => {
    if (e.target.matches("select[data-adds]")) { if (e.target.value) pick(e.target, e.target.value, e.target.selectedOptions[0].textContent); e.target.value = ""; }
    else field(e);
  });
  document.addEventListener("focusout", () => { if (waiting.length) flush(); });
  addEventListener("beforeunload", (e) => { if (waiting.length || saving) e.preventDefault(); });

  // --- lists whose items are chosen ---------------------------------------------------------------
  function pick(control, value, name) {
    const box = control.closest(".picks");
    if ($$("li[data-value]", $("ul", box)).some((li) => li.dataset.value === value)) return;
    const li = document.createElement("li");
    li.dataset.value = value;
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "drop", textContent: "×", ariaLabel: `Take out ${name}` });
    li.append(Object.assign(document.createElement("span"), { textContent: name }), drop);
    $("ul", box).append(li);
    change({ do: "add", path: JSON.parse(box.dataset.picks), kind: "line", text: value }, 0);
  }

  document.addEventListener("click", (e) => {
    const drop = e.target.closest(".drop");
    if (drop && !drop.closest("fieldset:disabled")) {
      const li = drop.closest("li"), box = drop.closest(".picks");
      const place = $$("li", li.parentElement).indexOf(li);
      change({ do: "remove", path: [...JSON.parse(box.dataset.picks), place], kind: "line", text: "" }, 0);
      const next = li.nextElementSibling || li.previousElementSibling;
      li.remove();
      (next ? $(".drop", next) : $("[data-adds]", box)).focus();
    }
    const line = e.target.closest("[data-line]");
    if (line) {
      const text = $("#yaml"), lines = text.value.split("\n"), n = Number(line.dataset.line) - 1;
      const start = lines.slice(0, n).join("\n").length + (n ? 1 : 0);
      text.focus();
      text.setSelectionRange(start, start + (lines[n] || "").length);
      text.scrollTop = Math.max(0, (n - 6) * (text.scrollHeight / lines.length));
    }
  });

  // --- topics, searched in one's own words --------------------------------------------------------
  let search = 0;
  const listOf = (box) => document.getElementById(box.getAttribute("aria-controls"));
  function close(box) {
    listOf(box).hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }
  async function look(box) {
    const found = await fetch(`/studio/topics?q=${encodeURIComponent(box.value)}`).then((r) => r.json()).catch(() => []);
    if (document.activeElement !== box) return;
    const list = listOf(box);
    list.replaceChildren(...found.map((t, i) => {
      const li = Object.assign(document.createElement("li"), { id: `${list.id}-${i}`, textContent: t.label });
      li.setAttribute("role", "option");
      li.setAttribute("aria-selected", "false");
      li.dataset.value = t.id;
      li.dataset.name = t.label;
      li.append(Object.assign(document.createElement("small"), { textContent: `${t.id} · ${t.ask}` }));
      return li;
    }));
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(!!found.length));
    if (found.length) mark(box, 0);
  }
  function mark(box, at) {
    const items = $$("li", listOf(box));
    items.forEach((li, i) => li.setAttribute("aria-selected", String(i === at)));
    if (items[at]) { box.setAttribute("aria-activedescendant", items[at].id); items[at].scrollIntoView({ block: "nearest" }); }
  }
  function take(box, li) {
    close(box);
    if (box.dataset.adds) { box.value = ""; pick(box, li.dataset.value, li.dataset.name); return; }
    box.value = li.dataset.name;
    box.dataset.value = li.dataset.value;
    box.dataset.name = li.dataset.name;
    change({ do: "set", path: JSON.parse(box.dataset.path), kind: "topic", text: li.dataset.value }, 0);
  }
  document.addEventListener("input", (e) => {
    const box = e.target.closest("[role=combobox]");
    if (!box) return;
    clearTimeout(search);
    if (!box.value.trim()) { close(box); return; }
    search = setTimeout(() => look(box), 160);
  });
  document.addEventListener("keydown", (e) => {
    const box = e.target.closest?.("[role=combobox]");
    if (!box || e.isComposing) return;
    const items = $$("li", listOf(box)), open = !listOf(box).hidden;
    const at = items.findIndex((li) => li.getAttribute("aria-selected") === "true");
    if (e.key === "ArrowDown" && !open) { look(box); e.preventDefault(); }
    else if (e.key === "ArrowDown") { mark(box, (at + 1) % items.length); e.preventDefault(); }
    else if (e.key === "ArrowUp" && open) { mark(box, (at - 1 + items.length) % items.length); e.preventDefault(); }
    else if (e.key === "Enter" && open && items[at]) { take(box, items[at]); e.preventDefault(); }
    else if (e.key === "Escape" && open) { close(box); e.preventDefault(); }
  });
  document.addEventListener("pointerdown", (e) => {
    const li = e.target.closest(".combo li");
    if (li) { e.preventDefault(); take($("input", li.closest(".combo")), li); }
  });
  document.addEventListener("focusin", (e) => { if (e.target.matches?.("[role=combobox]")) e.target.dataset.name ??= e.target.value; });
  document.addEventListener("focusout", (e) => {
    const box = e.target;
    if (!box.matches?.("[role=combobox]")) return;
    close(box);
    if (box.dataset.adds) box.value = "";
    else if (!box.value.trim() && box.dataset.value) {
      box.dataset.value = box.dataset.name = "";
      change({ do: "set", path: JSON.parse(box.dataset.path), kind: "topic", text: "" }, 0);
    } else box.value = box.dataset.name ?? box.value;
  });

  // --- buttons that change the case: send, and swap what came of it --------------------------------
  document.addEventListener("submit", async (e) => {
    const form = e.target;
    if (form.dataset.swap === undefined) return;
    e.preventDefault();
    const sent = new FormData(form, e.submitter);
    const parts = ["#part", "#drive", "#bar"];
    $("#part").inert = $("#drive").inert = true;
    try {
      await flush();
      if (sent.has("base")) sent.set("base", base());
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!$("#drive", page)) {
        const told = $(".notice.error", page);
        if (answer.ok && !told) { location.assign(answer.url); return; }
        notice(told ? told.textContent : "This could not be done.");
        return;
      }
      notice("");
      keepOpen(page);
      for (const part of parts) $(part).replaceWith($(part, page));
      const url = new URL(answer.url);
      if (url.search !== location.search) history.pushState(null, "", url.search || location.pathname);
      const way = e.submitter?.id.match(/-(up|down)$/)?.[0];  // what moves keeps the button in hand
      settle(form.dataset.swap || url.hash.slice(1) + (way || "") || e.submitter?.id);
    } catch {
      notice("The program does not answer. Nothing was changed; try again.");
    } finally {
      $("#part").inert = $("#drive").inert = false;
      if (pending) { pending.focus({ preventScroll: pending.id === "say" }); pending = null; }
    }
  });
  let pending = null;
  // Every answer offers all facts; they stand in the page once and are listed where one looks.
  document.addEventListener("toggle", (e) => {
    if (!e.target.open) return;
    for (const list of $$("select[data-facts]", e.target)) {
      const lead = list.dataset.facts, there = new Set([...list.options].map((o) => o.value));
      for (const o of $("#every-fact").content.querySelectorAll("option")) {
        if (!there.has(lead + o.value)) list.append(new Option(lead + o.textContent, lead + o.value));
      }
      delete list.dataset.facts;
    }
  }, true);
  function keepOpen(page) {
    $$("#part .open[aria-expanded=true]").forEach((b) => {
      const row = page.getElementById(b.closest(".row").id);
      if (row) unfold($(".open", row), true, page);
    });
  }
  function unfold(button, on, root = document) {
    button?.setAttribute("aria-expanded", String(on));
    const more = button && root.getElementById(button.getAttribute("aria-controls"));
    if (more) more.hidden = !on;
  }
  document.addEventListener("click", (e) => {
    const button = e.target.closest(".open");
    if (button) unfold(button, button.getAttribute("aria-expanded") !== "true");
  });
  function settle(id) {
    const talk = $(".talk");
    if (talk) talk.scrollTop = talk.scrollHeight;
    const found = id && document.getElementById(id);
    if (!found) return;
    found.closest(".row")?.scrollIntoView({ block: "nearest" });
    const row = found.closest(".row");
    if (found.disabled) pending = row && $(".order button:not(:disabled)", row);
    else pending = found.matches("input, button, textarea") ? found : $("input:not([type=hidden]), textarea", found);
  }
  addEventListener("popstate", () => location.reload());
  document.addEventListener("click", async (e) => {
    const link = e.target.closest("a[href]");
    if (!link || !(waiting.length || saving) || frozen || e.metaKey || e.ctrlKey) return;
    e.preventDefault();
    if (await flush()) location.assign(link.href);
  });
  const opened = location.hash && document.getElementById(location.hash.slice(1));
  if (opened) unfold($(".open", opened), true);
  const talk = $(".talk");
  if (talk) talk.scrollTop = talk.scrollHeight;

  // --- the case test under way ---------------------------------------------------------------------
  function watchTest() {
    const box = $("#running");
    if (!box) return;
    const ask = async () => {
      const told = await fetch(box.dataset.progress).then((r) => r.json()).catch(() => null);
      if (told?.over) { location.reload(); return; }
      if (told) {
        $("#done").textContent = told.done;
        $("#of").textContent = told.of || "…";
        $("#meter").max = told.of || 1;
        $("#meter").value = told.done;
      }
      setTimeout(ask, 1000);
    };
    setTimeout(ask, 600);
  }
})();
