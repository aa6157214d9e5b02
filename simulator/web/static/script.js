// Every page: links that stay on it, its own title, Enter that is safe while an input method composes.
// Gradio writes <base href="./">, which turns every "#…" into a way off the page; paths resolve alike without it.
document.querySelector("base")?.remove();
(() => {
  const standing = () => {
    const now = document.querySelector("#now");
    if (!now || now.dataset.now === standing.last) return;
    standing.last = now.dataset.now;
    const here = JSON.parse(now.dataset.now);
    document.title = here.title;
    if (new URLSearchParams(location.search).get("id") !== here.encounter) {
      history.replaceState(null, "", `${location.pathname}?id=${here.encounter}`);
    }
    document.documentElement.dataset.phase = here.phase;
    window.room?.arrived(here);
    if (here.phase === "feedback") setTimeout(() => location.replace(`review/${here.encounter}`), 150); // the step ends first
  };
  const settle = () => {
    document.body?.classList.remove("dark");
    document.querySelectorAll("#chat .bubble-wrap:not([tabindex]), #findings-list:not([tabindex])").forEach((part) => { part.tabIndex = 0; }); // what scrolls is reached by keys
    standing();
    window.room?.settled();
    window.speech?.settled();
    window.library?.settled();
  };
  new MutationObserver(settle).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-now"] });
  for (const kind of ["keydown", "keypress"]) {
    document.addEventListener(kind, (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopImmediatePropagation();
    }, true);
  }
})();
