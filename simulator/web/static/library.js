// The library: which cases are new since this browser first saw the others; for a fortnight, or until they are tried.
window.library = (() => {
  const FORTNIGHT_MS = 14 * 24 * 3600 * 1000;
  const read = () => { try { return JSON.parse(localStorage.getItem("bedside:cases")); } catch { return null; } };
  const settled = () => {
    const cards = document.querySelectorAll(".case[data-case]:not([data-known])");
    if (!cards.length) return;
    const kept = read(), known = kept ?? {}, now = Date.now();
    for (const card of cards) {
      card.dataset.known = "1";
      known[card.dataset.case] ??= kept ? now : 0;
      const tried = !card.querySelector(".dot:not(.on, .done)");
      card.querySelector(".chip.new").hidden = tried || now - known[card.dataset.case] > FORTNIGHT_MS;
    }
    try { localStorage.setItem("bedside:cases", JSON.stringify(known)); } catch { /* full or forbidden: nothing is new */ }
  };
  return { settled };
})();
