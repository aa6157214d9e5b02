// The teacher's desk by keyboard: arrows go from mark to mark, digits choose, A accepts, Enter decides,
// F opens what is held against the reply to the turn that the mark rests on.
(() => {
  const marks = [...document.querySelectorAll("[data-mark]")];
  if (!marks.length) return;
  const at = () => marks.findIndex((mark) => mark.contains(document.activeElement));
  const go = (to) => {
    const mark = marks[Math.max(0, Math.min(marks.length - 1, to))];
    for (let fold = mark.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    mark.querySelector("input[type=radio]:checked, input[type=radio]").focus();
    mark.scrollIntoView({ block: "center" });
  };
  const flagged = (mark) => {
    const turn = mark?.querySelector("input[name=turn]")?.value || 1;
    const fault = document.querySelector(`[data-fault="${turn}"]`);
    if (!fault) return;
    fault.open = true;
    fault.querySelector("input[type=radio]:checked, input[type=radio]").focus();
    fault.scrollIntoView({ block: "center" });
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=radio]), textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const fault = event.target.closest("[data-fault]");
    if (fault && event.target.matches("input[type=radio]")) {
      const choice = event.key >= "1" && event.key <= "5" && fault.querySelectorAll("input[type=radio]")[event.key - 1];
      if (choice) { choice.checked = true; choice.focus(); }
      if (event.key === "Enter") { event.preventDefault(); fault.querySelector("form").requestSubmit(); }
      if (choice || event.key === "Enter" || event.key.startsWith("Arrow")) return;
    }
    const here = at();
    if (event.key === "f" || event.key === "F") {
      event.preventDefault();
      flagged(marks[here]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      go(here < 0 ? 0 : here + (event.key === "ArrowDown" ? 1 : -1));
    } else if (here >= 0 && event.key >= "1" && event.key <= "5") {
      const choice = marks[here].querySelectorAll("input[type=radio]")[event.key - 1];
      if (choice) { choice.checked = true; choice.focus(); }
    } else if (here >= 0 && (event.key === "a" || event.key === "A")) {
      const form = marks[here].querySelector("form");
      form.reset();
      form.requestSubmit();
    } else if (here >= 0 && event.key === "Enter" && event.target.matches("input[type=radio]")) {
      event.preventDefault();
      marks[here].querySelector("form").requestSubmit();
    }
  });
  addEventListener("load", () => setTimeout(() => {  // the browser goes to the place itself first, and leaves no focus
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (place?.matches("[data-mark]")) go(marks.indexOf(place));
  }));
})();
