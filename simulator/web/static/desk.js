// The teacher's desk by keyboard: arrows go from mark to mark, or where there is one alone from talk to talk;
// digits choose, A accepts, Enter decides, F opens what is held against the reply to the turn that the mark rests on.
(() => {
  const marks = [...document.querySelectorAll("[data-mark]")];
  if (!marks.length) return;
  const alone = document.querySelector("[data-alone]");
  const choice = (part) => part.querySelector("input[type=radio]:checked, input[type=radio]");
  const choose = (part, digit) => {
    const found = part.querySelectorAll("input[type=radio]")[digit - 1];
    if (found) { found.checked = true; found.focus(); }
    return found;
  };
  const unfold = (part) => {
    for (let fold = part.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };
  const at = () => marks.findIndex((mark) => mark.contains(document.activeElement));
  const go = (to) => {
    const mark = marks[Math.max(0, Math.min(marks.length - 1, to))];
    unfold(mark);
    choice(mark).focus();
    mark.scrollIntoView({ block: "center" });
  };
  const flagged = (mark) => {
    const turn = mark?.querySelector("input[name=turn]")?.value || mark?.dataset.near || 1;
    const fault = document.querySelector(`[data-fault="${turn}"]`);
    if (!fault) return;
    unfold(fault);
    choice(fault).focus();
    fault.scrollIntoView({ block: "center" });
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=radio]), textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const fault = event.target.closest("[data-fault]");
    if (fault && event.target.matches("input[type=radio]")) {
      const chosen = event.key >= "1" && event.key <= "5" && choose(fault, event.key);
      if (event.key === "Enter") { event.preventDefault(); fault.querySelector("form").requestSubmit(); }
      if (chosen || event.key === "Enter" || event.key.startsWith("Arrow")) return;
    }
    const here = at();
    if (event.key === "f" || event.key === "F") {
      event.preventDefault();
      flagged(marks[here]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (alone) document.querySelector(event.key === "ArrowDown" ? "a[rel=next]" : "a[rel=prev]")?.click();
      else go(here < 0 ? 0 : here + (event.key === "ArrowDown" ? 1 : -1));
    } else if (here >= 0 && event.key >= "1" && event.key <= "5") {
      choose(marks[here], event.key);
    } else if (here >= 0 && !alone?.matches("[data-blind]") && (event.key === "a" || event.key === "A")) {
      const form = marks[here].querySelector("form");
      form.reset();
      form.requestSubmit();
    } else if (here >= 0 && event.key === "Enter" && event.target.matches("input[type=radio]")) {
      event.preventDefault();
      marks[here].querySelector("form").requestSubmit();
    }
  });
  alone?.querySelector("form").addEventListener("submit", (event) => {  // blind, what was earned needs its turn
    const turn = alone.querySelector("[name=turn]"), earned = alone.querySelector("input:is([value=met], [value=partly]):checked");
    if (!alone.matches("[data-blind]") || !earned || turn.value) return;
    event.preventDefault();
    turn.focus();
  });
  if (alone && !location.hash) choice(alone).focus({ preventScroll: true });
  addEventListener("load", () => setTimeout(() => {  // the browser goes to the place itself first, and leaves no focus
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (place?.matches("[data-mark]")) go(marks.indexOf(place));
  }));
})();
