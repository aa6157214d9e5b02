// The countdown: draws the server's clock, says a word at five, two and one minute, and rings at the end.
window.clock = (() => {
  const MARKS = [300, 120, 60, 0];
  const RING = { interview: "#time-up", note: "#hand-in" };
  let end = 0, kind = "", shown = null, paused = false, ringing = 0;

  const left = () => Math.max(0, Math.round((end - performance.now()) / 1000));
  const set = (seconds) => { end = performance.now() + 1000 * seconds; };

  // The words stand long enough to be read; the last ones stay until the page moves on.
  const say = (mark) => {
    const line = document.querySelector("#time-word");
    if (!line) return;
    line.textContent = window.room.words()[kind][mark];
    clearTimeout(say.timer);
    if (mark) say.timer = setTimeout(() => { line.textContent = ""; }, 15000);
  };

  const hush = () => {
    clearTimeout(say.timer);
    shown = null;
    ringing = 0;
    const line = document.querySelector("#time-word");
    if (line) line.textContent = "";
  };

  const ring = () => {
    if (performance.now() < ringing) return;
    ringing = performance.now() + 5000;
    const rung = kind;
    const step = () => { if (kind === rung && left() === 0) document.querySelector(RING[rung])?.click(); };
    window.room.rung().then(() => setTimeout(step, rung === "interview" ? 3500 : 1500));
  };

  const draw = () => {
    const clock = document.querySelector("#clock .clock");
    if (!clock) { if (kind) hush(); kind = ""; return; }
    if (clock.seen !== clock.dataset.left || kind !== clock.dataset.kind) {
      if (kind !== clock.dataset.kind) hush();
      clock.seen = clock.dataset.left;
      kind = clock.dataset.kind;
      set(Number(clock.dataset.left));
    }
    const label = clock.querySelector(".clock-label");
    label.textContent = paused ? label.dataset.pausedWord : label.dataset.leftWord;
    if (paused) return;
    const now = left();
    const face = clock.querySelector(".clock-time");
    const text = `${Math.floor(now / 60)}:${String(now % 60).padStart(2, "0")}`;
    if (face.textContent !== text) face.textContent = text;
    clock.classList.toggle("low", now <= 120);
    const mark = MARKS.find((m) => shown !== null && shown > m && now <= m);
    if (mark !== undefined) say(MARKS.filter((m) => shown > m && now <= m).at(-1));
    else if (shown === null && now === 0) say(0);
    shown = now;
    if (now === 0) ring();
  };
  setInterval(draw, 250);

  return {
    draw,
    set(seconds) { if (seconds !== null && Math.abs(left() - seconds) > 1) set(seconds); },
    pause(still) { paused = still; draw(); },
  };
})();
