// Draws the countdown, folds the doorway card on a phone, and keeps Enter safe while an input method composes.
(() => {
  const drawClocks = () => {
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
  };
  const settle = () => {
    const id = document.querySelector("[data-encounter]")?.dataset.encounter;
    if (id && !location.search.includes(id)) history.replaceState(null, "", `${location.pathname}?id=${id}`);
    document.body?.classList.remove("dark");
    document.querySelectorAll("details.compact:not([data-placed])").forEach((card) => {
      card.dataset.placed = "1";
      card.open = !matchMedia("(max-width: 1000px)").matches;
    });
    drawClocks();
  };
  new MutationObserver(settle).observe(document.documentElement, { childList: true, subtree: true });
  setInterval(drawClocks, 500);
  for (const kind of ["keydown", "keypress"]) {
    document.addEventListener(kind, (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopPropagation();
    }, true);
  }
  document.addEventListener("click", (event) => {
    const field = event.target.closest?.("#ask, #order");
    if (field && event.target.closest(".submit-button")) field.querySelector("textarea")?.focus();
  });
})();
