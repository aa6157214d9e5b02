// Speaking and listening, where it is switched on: hold to speak, and every answer can be heard. Sound becomes words in the
// box, never a turn by itself; nothing sounds that was not asked for. See simulator/web/spoken.py.
window.speech = (() => {
  const RATE = 16000, TAP_MS = 350, SHORT_S = 0.3, HELD_MS = 200;
  const $ = (selector) => document.querySelector(selector);
  const words = () => JSON.parse($("#speech-words")?.dataset.words ?? "{}");
  const fill = (text) => text?.replace("$seconds", words().seconds);
  const says = (word) => { const line = $("#speech-says"), text = word ? fill(words()[word] ?? word) : ""; if (line && line.textContent !== text) line.textContent = text; };

  // What this browser remembers: whether the switch is on, and whether every answer is spoken.
  let chosen = { on: false, every: false };
  try { chosen = { ...chosen, ...JSON.parse(localStorage.getItem("bedside:speech")) }; } catch { /* forbidden: for this page, then */ }
  const choose = (changes) => {
    chosen = { ...chosen, ...changes };
    try { localStorage.setItem("bedside:speech", JSON.stringify(chosen)); } catch { /* full or forbidden */ }
    settled();
  };
  const settled = () => {
    const turned = $("#speech-switch"), every = $("#speech-every");
    if (!turned) return;
    if (turned.getAttribute("aria-checked") !== String(chosen.on)) turned.setAttribute("aria-checked", chosen.on);
    if ($("#speech-tools").hidden === chosen.on) $("#speech-tools").hidden = !chosen.on;
    if (every && every.checked !== chosen.every) every.checked = chosen.every;
    document.documentElement.classList.toggle("voiced", chosen.on);
    document.documentElement.classList.toggle("hearing", chosen.on && Boolean(every));
    mark();
  };

  // The microphone: open from the press to the release, and no longer.
  let take = null;  // the recording under way, or the one that is about to begin
  const pressed = (is) => { const button = $("#speech-hold"); button?.setAttribute("aria-pressed", is); if (button) button.textContent = words()[!is ? "hold" : take?.latched ? "again" : "release"]; };
  const begin = async () => {
    if (take) return;
    hush();
    const mine = take = { pieces: [], keep: true, gone: false };
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) { take = null; says("unsafe"); return; }
    pressed(true);
    says("starting");
    try {
      mine.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
      if (mine.gone) { over(mine); says(mine.keep ? "allowed" : ""); return; }
      mine.recorder = new MediaRecorder(mine.stream);
    } catch (error) {
      over(mine);
      says({ NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "absent" }[error.name] ?? "unfit");
      return;
    }
    mine.recorder.ondataavailable = (event) => mine.pieces.push(event.data);
    mine.recorder.onstop = () => understood(mine);
    mine.recorder.start();
    mine.limit = setTimeout(() => { mine.cut = true; end(); }, words().seconds * 1000);
    says(mine.latched ? "latched" : "listening");
  };
  const end = (keep = true) => {
    const mine = take;
    if (!mine) return;
    mine.keep = mine.keep && keep;
    mine.gone = true;
    clearTimeout(mine.limit);
    if (mine.recorder?.state === "recording") mine.recorder.stop();
  };
  const over = (mine) => {
    mine.stream?.getTracks().forEach((track) => track.stop());
    if (take === mine) { take = null; pressed(false); }
  };
  const understood = async (mine) => {
    over(mine);
    if (!mine.keep) { says(""); return; }
    says("reading");
    try {
      const bytes = await new Blob(mine.pieces).arrayBuffer();
      const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes).catch(() => null);
      if (!sound || sound.duration < SHORT_S) { says("short"); return; }
      const samples = sound.getChannelData(0).subarray(0, RATE * words().seconds);
      const answer = await fetch(window.room.address("/heard"), { method: "POST", headers: { "Content-Type": "audio/PCMU;rate=16000" }, body: muLaw(samples), signal: AbortSignal.timeout(40000) });
      const told = await answer.json();
      if (!answer.ok) { says(told.detail); return; }
      if (!told.text) { says("silence"); return; }
      write(told.text);
      says(mine.cut ? "cut" : "there");
    } catch {
      says("lost");
    }
  };
  // One byte a sample (G.711 µ-law): half a minute stays below what the program takes in.
  const muLaw = (samples) => Uint8Array.from(samples, (sample) => {
    const value = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
    const size = Math.min(Math.abs(value), 32635) + 132, high = Math.floor(Math.log2(size)) - 7;
    return ~(high << 4 | (size >> (high + 3)) & 15 | (value < 0 ? 128 : 0));
  });
  const write = (text) => {
    const box = window.room.box("ask");
    if (!box) return;
    const before = box.value.trimEnd();
    window.room.put(box, before ? `${before} ${text}` : text);
    box.focus({ preventScroll: true });
    box.setSelectionRange(box.value.length, box.value.length);
  };

  // Hold the button, tap it twice, or hold the space bar in an empty box.
  let since = 0, waits = 0;
  const down = () => {
    if (take && !take.gone) { end(); since = 0; return; }
    since = Date.now();
    begin();
  };
  const up = () => {
    if (!since) return;
    if (Date.now() - since < TAP_MS && take && !take.gone) { take.latched = true; pressed(true); if (take.recorder) says("latched"); }
    else end();
    since = 0;
  };
  document.addEventListener("pointerdown", (event) => {
    const button = event.button === 0 && event.target.closest?.("#speech-hold");
    if (!button) return;
    event.preventDefault();
    button.focus({ preventScroll: true });
    button.setPointerCapture(event.pointerId);
    down();
  });
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, (event) => { if (event.target.closest?.("#speech-hold")) up(); });
  document.addEventListener("contextmenu", (event) => { if (event.target.closest?.("#speech-hold")) event.preventDefault(); });
  const spaced = (event) => event.key === " " && !event.isComposing && !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
  document.addEventListener("keydown", (event) => {
    const button = event.target.closest?.("#speech-hold"), box = event.target.closest?.("#ask textarea, #ask input");
    if (button && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); event.stopImmediatePropagation(); if (!event.repeat) down(); return; }
    if (event.key === "Escape") { hush(); end(false); }
    if (!box || !chosen.on || !$("#speech-hold")) return;
    if (spaced(event) && box.value === "") {
      event.preventDefault();
      if (!event.repeat && !waits && !take) waits = setTimeout(() => { since = Date.now() - TAP_MS; begin(); }, HELD_MS);
    } else if (waits && !spaced(event)) { still(); end(false); }
  }, true);
  document.addEventListener("keyup", (event) => {
    if (event.target.closest?.("#speech-hold") && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); up(); }
    if (event.key === " " && waits) { still(); if (since) up(); }
  }, true);
  const still = () => { clearTimeout(waits); waits = 0; };
  addEventListener("blur", () => { still(); if (!take?.latched) end(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") { end(false); hush(); } });

  // The patient's voice: a sentence plays while the next one is made.
  let audio = null, playing = null;
  const turnOf = (button) => [...button.classList].find((name) => name.startsWith("of-"))?.slice(3);  // Gradio keeps classes alone
  const mark = () => document.querySelectorAll("#chat .hear").forEach((button) => {
    const is = String(Boolean(playing) && playing.turn === turnOf(button)), text = words()[is === "true" ? "stop" : "hear"];
    if (button.getAttribute("aria-pressed") !== is) button.setAttribute("aria-pressed", is);
    if (text && button.textContent !== text) { button.textContent = text; button.title = words()[is === "true" ? "stop_it" : "hear_it"]; }
  });
  const hush = () => {
    if (!playing) return;
    playing.control.abort();
    playing.source?.stop();
    playing = null;
    mark();
  };
  const part = async (turn, number, signal) => {
    const answer = await fetch(window.room.address(`/turns/${turn}/sound/${number}`), { signal });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return { parts: Number(answer.headers.get("X-Parts")), sound: await audio.decodeAudioData(await answer.arrayBuffer()) };
  };
  const sounds = (mine, sound) => new Promise((done) => {
    mine.source = audio.createBufferSource();
    mine.source.buffer = sound;
    mine.source.connect(audio.destination);
    mine.source.onended = done;
    mine.source.start();
  });
  const play = async (turn) => {
    hush();
    const mine = playing = { turn, control: new AbortController() }, signal = mine.control.signal;
    mark();
    try {
      audio ??= new AudioContext();
      await audio.resume();
      let next = part(turn, 0, signal);
      for (let number = 0, parts = 1; number < parts && playing === mine; number++) {
        const now = await next;
        parts = now.parts;
        next = number + 1 < parts ? part(turn, number + 1, signal) : null;
        next?.catch(() => {});
        if (playing === mine) await sounds(mine, now.sound);
      }
    } catch {
      if (playing === mine) says("mute");
    }
    if (playing === mine) { playing = null; mark(); }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.id === "speech-switch") {
      choose({ on: !chosen.on });
      if (!chosen.on) { end(false); hush(); says(""); }
    } else if (button?.id === "speech-hold" && event.detail === 0) { down(); up(); }  // a reader's own press, without a key or pointer
    else if (button?.matches(".hear")) playing?.turn === turnOf(button) ? hush() : play(turnOf(button));
  }, true);
  document.addEventListener("change", (event) => { if (event.target.id === "speech-every") { choose({ every: event.target.checked }); if (!chosen.every) hush(); } });

  return {
    settled,
    button: (turn) => `<button type="button" class="hear of-${turn}" aria-pressed="false">${words().hear ?? ""}</button>`,
    replied: (turn) => { if (!take) says(""); if (chosen.on && chosen.every && !take) play(turn); },
  };
})();
