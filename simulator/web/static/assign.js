// Assignments: the clock of this computer in the form, and the bell of a circuit, which opens what stands open by then.
(() => {
  const zone = document.querySelector(".setting input[name=zone]");
  if (zone) {
    const shift = new Date().getTimezoneOffset(), here = document.querySelector("[data-zone]");
    for (const box of document.querySelectorAll(".setting input[type=datetime-local]")) {
      if (!box.value || zone.value !== "0") continue;
      const local = new Date(new Date(`${box.value}Z`).getTime() - shift * 60000);
      box.value = local.toISOString().slice(0, 16);
    }
    zone.value = String(shift);
    here.textContent = here.dataset.zone;
  }
  const bell = document.querySelector("[data-ring]");
  if (!bell) return;
  const ring = () => {
    try {
      const sound = new AudioContext(), tone = sound.createOscillator(), loud = sound.createGain();
      tone.frequency.value = 880;
      loud.gain.setValueAtTime(0.3, sound.currentTime);
      loud.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 1.5);
      tone.connect(loud).connect(sound.destination);
      tone.start();
      tone.stop(sound.currentTime + 1.5);
    } catch { /* no sound here: the words say it */ }
  };
  const until = Date.parse(bell.dataset.ring), left = bell.querySelector(".left");
  const tick = () => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds) return;
    clearInterval(timer);
    bell.textContent = bell.dataset.rung;
    ring();
    setTimeout(() => location.reload(), 1800);
  };
  const timer = setInterval(tick, 1000);
  tick();
})();
