// Draws the countdown, keeps Enter safe while an input method composes, and stays in light colours.
(() => {
  const tick = () => {
    document.querySelectorAll(".clock[data-deadline]").forEach((clock) => {
      if (clock.seen !== clock.dataset.deadline) {
        clock.seen = clock.dataset.deadline;
        clock.end = performance.now() + 1000 * Number(clock.dataset.left);
      }
      const left = Math.max(0, Math.round((clock.end - performance.now()) / 1000));
      const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      const face = clock.querySelector(".clock-time");
      if (face && face.textContent !== text) face.textContent = text;
      clock.classList.toggle("low", left <= 120);
      if (left === 0 && clock.closest("#interview-clock") && !clock.dataset.rung) {
        clock.dataset.rung = "1";
        setTimeout(() => document.querySelector("#time-up")?.click(), 3500);
      }
    });
    const id = document.querySelector("[data-encounter]")?.dataset.encounter;
    if (id && !location.search.includes(id)) history.replaceState(null, "", `${location.pathname}?id=${id}`);
    if (document.body.classList.contains("dark")) document.body.classList.remove("dark");
  };
  setInterval(tick, 500);
  for (const kind of ["keydown", "keypress"]) {
    document.addEventListener(kind, (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopPropagation();
    }, true);
  }
})();
