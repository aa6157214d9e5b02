// The line to the encounter. What is said and typed is kept in this browser until the server has it; what was not
// answered is sent again under the same id, which the server answers once. See simulator/web/talk.py.
window.room = (() => {
  const BOXES = {
    pad: "pad", ask: "unsent", "note-history": "note", "note-workup": "note", "dx-1": "note", "dx-2": "note", "dx-3": "note",
    "dx-support-1": "note", "dx-support-2": "note", "dx-support-3": "note", "self-history": "self_assessment",
    "self-communication": "self_assessment", "self-reasoning": "self_assessment", "self-well": "self_assessment", "self-change": "self_assessment",
  };
  const $ = (selector) => document.querySelector(selector);
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const box = (id) => $(`#${id} textarea`) ?? $(`#${id} input`);
  let here = null, talk = [], heard = "", notice = null, lost = false, sending = null, restored = {}, boot = "", refreshing = 0, focus = sessionStorage.getItem("bedside:focus") ?? "";

  const words = () => JSON.parse($("#line-words")?.dataset.words ?? "{}");
  const tell = (id, text) => { const line = $(id); if (line && line.textContent !== text) line.textContent = text; };
  const address = (rest = "") => `room/${here.encounter}${rest}`;
  const uuid = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

  // What this browser keeps, by encounter: turns that wait for an answer, and boxes the server does not have yet.
  const stored = (name) => { try { return JSON.parse(localStorage.getItem(`bedside:${here.encounter}:${name}`)); } catch { return null; } };
  const store = (name, value) => {
    const key = `bedside:${here.encounter}:${name}`;
    try { value && Object.keys(value).length ? localStorage.setItem(key, JSON.stringify(value)) : localStorage.removeItem(key); } catch { /* full or forbidden: the page itself still has it */ }
  };
  let outbox = [], typed = {};
  const keepOutbox = () => store("turns", outbox);
  const keepTyped = () => store("typed", typed);

  const put = (element, value) => {
    if (!element || element.value === String(value)) return;
    const kind = element instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(element, value);
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // The talk, drawn by Gradio's chat: what the server has, then what waits.
  const safe = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
  const bubble = (role, name, text, more = "", turn = "") => ({ role, metadata: null, options: null, content: [{ type: "text", text: `<span class="sr">${safe(name)}: </span><span class="words${more}">${safe(text)}</span>${turn ? window.speech?.button(turn) ?? "" : ""}` }] });
  const painted = () => {
    const you = words().you, known = new Set(talk.map((turn) => turn.id)), messages = [];
    for (const turn of talk) messages.push(bubble("user", you, turn.said), bubble("assistant", here.name, turn.reply, "", turn.id));
    outbox.filter((turn) => turn.text.trim() && !known.has(turn.id)).forEach((turn, place) => {
      messages.push(bubble("user", you, turn.text.trim(), lost ? " waits" : ""));
      if (!place && heard) messages.push(bubble("assistant", here.name, heard));
    });
    // Gradio's word for "leave it": what another step said there is not ours to say again.
    const said = notice ?? { __type__: "update" };
    notice = null;
    painted.count += 1;
    painted.drawn = messages.length;
    return [messages, said];
  };
  painted.count = 0;
  const paint = () => {
    const waits = outbox.length && !lost && here.phase === "interview";
    tell("#thinking", waits ? words()[heard ? "speaking" : "thinking"] : "");
    clearTimeout(paint.timer);
    if (here?.phase !== "interview") return;
    paint.owed = painted.count;
    $("#paint")?.click();
    paint.timer = setTimeout(repaint, 120);
  };
  // Gradio mounts its parts one by one: what was drawn before the chat was there is drawn again.
  const repaint = () => {
    if (painted.count === paint.owed || document.querySelectorAll("#chat .words").length < painted.drawn) paint();
  };

  // The portrait: how the patient looks, drawn anew without a word to those who listen.
  const wear = (look) => {
    if (look) here.look = look;
    const face = $("#face .portrait");
    if (!face || !here?.look || face.dataset.affect === here.look.affect) return;
    face.dataset.affect = here.look.affect;
    face.setAttribute("aria-label", here.look.words);
  };

  // Tips for a newcomer, until they are turned off in this browser.
  const tips = { off: false };
  try { tips.off = localStorage.getItem("bedside:tips") === "off"; } catch { /* forbidden: they are shown */ }
  const advise = (tip = here.tip) => {
    here.tip = tip;
    const card = $("#tip aside"), text = tips.off ? "" : tip ?? "";
    if (!card) return;
    if (card.hidden !== !text) card.hidden = !text;
    tell("#tip p", text);
  };
  const noTips = () => {
    tips.off = true;
    try { localStorage.setItem("bedside:tips", "off"); } catch { /* for this page, then */ }
    advise();
    (box("ask") ?? $("#main"))?.focus({ preventScroll: true });
  };

  // Saying something: the box is free at once, the turn waits in the outbox until it is answered.
  const say = () => {
    const element = box("ask"), text = element?.value ?? "";
    if (!here || (!text.trim() && outbox.length)) return;
    outbox.push({ id: uuid(), text });
    keepOutbox();
    put(element, "");
    element.focus();
    notice = "";
    paint();
    pump();
  };

  const pump = async () => {
    if (sending || !here || here.phase !== "interview" || !outbox.length) return;
    sending = new AbortController();
    try {
      while (outbox.length && here.phase === "interview") await send(outbox[0]);
    } catch (error) {
      drop(error);
    }
    sending = null;
  };

  const send = async (turn) => {
    const control = sending;
    let last = null, watch = setTimeout(() => control.abort(), 12000);
    const alive = () => { clearTimeout(watch); watch = setTimeout(() => control.abort(), 12000); };
    try {
      const answer = await fetch(address("/turns"), { method: "POST", signal: control.signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: turn.id, text: turn.text }) });
      if (answer.status >= 400 && answer.status < 500 && ![401, 429].includes(answer.status)) last = { sent: false, notice: `<p class="notice error" role="alert">${safe(words().refused)}</p>`, phase: here.phase };
      else if (!answer.ok) throw new Error(`${answer.status}`);
      if (last) { answered(turn, last); return; }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = "", piece; !(piece = await reader.read()).done;) {
        alive();
        const events = (rest + piece.value).split("\n\n");
        rest = events.pop();
        for (const event of events.filter((e) => e.startsWith("data: "))) last = hear(JSON.parse(event.slice(6))) ?? last;
      }
    } finally {
      clearTimeout(watch);
    }
    if (!last) throw new Error("cut off");
    answered(turn, last);
  };

  const hear = (news) => {
    if (news.silent) { notice = news.notice; window.clock.pause(true); paint(); return null; }
    if (news.text !== undefined) { heard = news.text; notice = ""; window.clock.pause(false); paint(); return null; }
    return news;
  };

  const answered = (turn, last) => {
    found();
    heard = "";
    outbox = outbox.filter((other) => other.id !== turn.id);
    keepOutbox();
    if (last.turns) talk = last.turns;
    wear(last.look);
    if (last.tip !== undefined) advise(last.tip);
    notice = last.notice;
    window.clock.pause(false);
    if (last.left !== undefined) window.clock.set(last.left);
    if (!last.sent) giveBack([turn], last.phase);
    if (last.announced) put(box("order"), last.announced);
    if (last.sent) window.speech?.replied(turn.id);
    if (last.phase && last.phase !== here.phase) moved(last.phase); else paint();
  };

  // Words that were not put to the patient go back to the box, or, where the interview is over, beside the notes.
  const giveBack = (turns, phase) => {
    const element = box("ask");
    const text = [...turns.map((turn) => turn.text), element?.value ?? ""].filter(Boolean).join("\n");
    if (phase === "interview" || !phase) put(element, text);
    else remember("unsent", text);
  };

  const moved = async (phase) => {
    if (outbox.length && phase !== "interview") { const waiting = outbox; outbox = []; keepOutbox(); giveBack(waiting, phase); }
    await save();
    refresh();
  };
  const refresh = () => {
    if (Date.now() - refreshing < 4000) return;
    refreshing = Date.now();
    const phase = here.phase;
    $("#refresh")?.click();
    setTimeout(() => { if (here.phase === phase && refreshing) location.reload(); }, 15000);
  };

  // Typing: kept here at once, on the server half a second after the last key.
  const value = (field) => {
    const text = (id) => box(id)?.value ?? "";
    if (field === "pad") return text("pad");
    if (field === "unsent") return text("ask");
    if (field === "note") return { history: text("note-history"), rows: [1, 2, 3].flatMap((n) => [text(`dx-${n}`), text(`dx-support-${n}`)]), workup: text("note-workup") };
    return { values: ["history", "communication", "reasoning"].map((name) => Math.round(Number($(`#self-${name} input[type=range]`)?.value ?? 3))), well: text("self-well"), change: text("self-change") };
  };
  const remember = (field, now) => {
    typed[field] = now;
    keepTyped();
    clearTimeout(remember.timer);
    remember.timer = setTimeout(save, 500);
  };
  const save = async (leaving = false) => {
    clearTimeout(remember.timer);
    const given = { ...typed };
    if (!here || !Object.keys(given).length || (lost && !leaving)) return;
    try {
      const answer = await fetch(address("/typed"), { method: "PUT", keepalive: leaving, signal: AbortSignal.timeout(8000), headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) });
      if (answer.status >= 500 || answer.status === 401) throw new Error(`${answer.status}`);
      const kept = answer.ok ? (await answer.json()).kept : [];
      for (const field of kept) if (JSON.stringify(typed[field]) === JSON.stringify(given[field])) delete typed[field];
      keepTyped();
      if (kept.includes("note")) tell("#draft p", words().saved);
    } catch (error) {
      drop(error);
    }
  };
  const restore = () => {
    if (focus && box(focus)) { const at = box(focus); focus = ""; at.focus(); at.setSelectionRange?.(at.value.length, at.value.length); }
    for (const [field, now] of Object.entries(typed)) {
      if (restored[field]) continue;
      const boxes = field === "pad" ? { pad: now } : field === "unsent" ? { ask: now }
        : field === "note" ? { "note-history": now.history, "note-workup": now.workup, ...Object.fromEntries([1, 2, 3].flatMap((n) => [[`dx-${n}`, now.rows[2 * n - 2]], [`dx-support-${n}`, now.rows[2 * n - 1]]])) }
          : { "self-well": now.well, "self-change": now.change };
      if (!Object.keys(boxes).every((id) => box(id))) continue;
      restored[field] = true;
      for (const [id, text] of Object.entries(boxes)) put(box(id), text);
    }
    if (!restored.unsent && here.phase === "interview" && box("ask")) {
      restored.unsent = true;
      if (here.unsent && !box("ask").value) put(box("ask"), here.unsent);
    }
  };

  // The connection: a small question now and then; while it is lost, every second and a half.
  const drop = (error) => {
    if (lost) return;
    lost = true;
    heard = "";
    window.clock.pause(false);
    tell("#link", error.message === "401" ? words().out : words().lost);
    paint();
    clearTimeout(pulse.timer);
    pulse.timer = setTimeout(pulse, 1500);
  };
  const found = () => {
    if (!lost) return;
    lost = false;
    tell("#link", words().back);
    setTimeout(() => { if (!lost) tell("#link", ""); }, 4000);
  };
  const pulse = async () => {
    clearTimeout(pulse.timer);
    if (here && here.phase !== "feedback") {
      try {
        const answer = await fetch(address(`?seen=${talk.length}`), { signal: AbortSignal.timeout(10000) });
        if (answer.status === 404) { tell("#link", words().gone); return; }
        if (!answer.ok) throw new Error(`${answer.status}`);
        const now = await answer.json();
        const again = lost || (boot && boot !== now.boot);
        boot = now.boot;
        found();
        if (now.phase === "interview" && now.turns) {
          talk = now.turns;
          wear(now.look);
          advise(now.tip);
          const known = new Set(talk.map((turn) => turn.id));
          if (!sending) { outbox = outbox.filter((turn) => !known.has(turn.id)); keepOutbox(); }
        }
        window.clock.set(now.left);
        if (now.phase !== here.phase) await moved(now.phase);
        else { if (now.turns || again) paint(); if (again) save(); pump(); }
      } catch (error) {
        drop(error);
      }
    }
    clearTimeout(pulse.timer);
    pulse.timer = setTimeout(pulse, lost ? 1500 : outbox.length ? 4000 : 10000);
  };

  const arrived = (now) => {
    const first = !here || here.encounter !== now.encounter, before = here?.phase;
    here = now;
    refreshing = 0;
    if (first) { outbox = stored("turns") ?? []; typed = stored("typed") ?? {}; }
    if (first || before !== now.phase) restored = {};
    if (now.phase === "interview") {
      if (now.turns.length >= talk.length) talk = now.turns;
      const known = new Set(talk.map((turn) => turn.id));
      outbox = outbox.filter((turn) => !known.has(turn.id));
      keepOutbox();
      paint();
    } else if (outbox.length && now.phase !== "briefing") {
      const waiting = outbox;
      outbox = [];
      keepOutbox();
      giveBack(waiting, now.phase);
    }
    if (now.phase === "feedback") { store("typed", null); store("turns", null); }
    restore();
    if (first || before !== now.phase) { save(); pulse(); } else pump();
  };

  // Chart, findings, notes: side by side at a desk, a sheet on a phone.
  const settled = () => {
    if (here) { restore(); wear(); advise(); }
    const count = $("button[data-sheet=findings] .count"), n = document.querySelectorAll(".findings li").length;
    if (count && count.textContent !== (n ? ` ${n}` : "")) count.textContent = n ? ` ${n}` : "";
    document.querySelectorAll("details.chart:not([data-placed])").forEach((card) => {
      card.dataset.placed = "1";
      card.open = !matchMedia("(min-width: 901px) and (max-height: 820px)").matches;
    });
  };
  const sheet = (name) => {
    const rail = $("#rail"), open = rail.dataset.sheet === name ? "" : name;
    rail.dataset.sheet = open;
    rail.querySelectorAll("button[data-sheet]").forEach((tab) => tab.setAttribute("aria-expanded", tab.dataset.sheet === open));
    if (open && open !== "chart") $(`#${open} textarea`)?.focus({ preventScroll: true });
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && $("#rail")?.dataset.sheet) { const name = $("#rail").dataset.sheet; sheet(name); $(`button[data-sheet=${name}]`)?.focus(); }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.closest?.("#ask")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say();
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.closest("#tip")) { noTips(); return; }
    if (button.dataset.sheet) { sheet(button.dataset.sheet); return; }
    const sends = button.closest("#ask") && button.matches(".submit-button");
    if (sends || (lost && button.closest("#room, #top") && button.id !== "paint")) { event.preventDefault(); event.stopImmediatePropagation(); }
    if (sends) say();
    else if (lost && button.closest("#room, #top")) tell("#link", words().wait);
    else if (button.closest("#order")) button.closest("#order").querySelector("textarea")?.focus();
  }, true);
  document.addEventListener("input", (event) => {
    const owner = event.target.closest?.(Object.keys(BOXES).map((id) => `#${id}`).join());
    if (!owner || !here) return;
    const field = BOXES[owner.id], now = value(field);
    if (JSON.stringify(typed[field]) === JSON.stringify(now)) return;
    restored[field] = true;
    remember(field, now);
  }, true);
  addEventListener("offline", () => { sending?.abort(); drop("offline"); });
  addEventListener("online", pulse);
  document.addEventListener("visibilitychange", () => { document.visibilityState === "hidden" ? save(true) : pulse(); });
  // In an examination that was set, and the doorway says so: how long the page was out of sight, what was pasted.
  let away = 0;
  const noticed = (kind, amount) => { if (here?.watched && amount) fetch(address("/noticed"), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ kind, amount }), keepalive: true }).catch(() => {}); };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") away = Date.now();
    else if (away) { noticed("left", Math.round((Date.now() - away) / 1000)); away = 0; }
  });
  document.addEventListener("paste", (event) => { if (event.target.closest?.("#ask, #note")) noticed("pasted", event.clipboardData?.getData("text").length ?? 0); });
  addEventListener("pagehide", () => {
    save(true);
    const at = document.activeElement?.closest?.(Object.keys(BOXES).map((id) => `#${id}`).join());
    sessionStorage.setItem("bedside:focus", at?.id ?? "");
  });
  const size = () => {
    const height = window.visualViewport?.height ?? innerHeight;
    document.documentElement.style.setProperty("--vh", `${height}px`);
    document.documentElement.classList.toggle("short", height < 520);
    document.documentElement.classList.toggle("tiny", height < 400);
    document.documentElement.classList.toggle("narrow", innerWidth <= 900);
  };
  window.visualViewport?.addEventListener("resize", size);
  addEventListener("resize", size);
  size();

  return { arrived, settled, painted, words, rung: () => save(), pulse, box, put, address };
})();
