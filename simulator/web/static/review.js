// The review: a proof and its turn light up together, folds open for what is linked to, and for paper.
(() => {
  const beside = matchMedia("(min-width: 1001px)");
  const lit = (element) => {
    document.querySelectorAll(".lit").forEach((other) => other.classList.remove("lit"));
    element?.classList.add("lit");
  };
  const unfold = (element) => {
    for (let fold = element?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };
  const show = (id) => {
    const found = id && document.getElementById(id);
    if (!found) return false;
    unfold(found);
    const talk = found.closest(".talk");
    if (!talk || found.id === "h-talk" || !beside.matches) {
      found.scrollIntoView({ block: talk || found.matches("li") ? "center" : "start" });
    } else {  // the talk scrolls in its own column; the page beside it stays where it is
      talk.scrollTo({ top: found.offsetTop - (talk.clientHeight - found.offsetHeight) / 2 });
    }
    lit(found.matches("li") ? found : null);
    return true;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || link.matches(".skip")) return;
    const id = decodeURIComponent(link.hash.slice(1));
    if (!show(id)) return;
    event.preventDefault();
    history.pushState(null, "", link.hash);
    const found = document.getElementById(id);
    if (!found.matches("a, button, [tabindex]")) found.tabIndex = -1;
    found.focus({ preventScroll: true });
  });
  addEventListener("popstate", () => show(location.hash.slice(1)));
  if (location.hash) show(decodeURIComponent(location.hash.slice(1)));

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.fold:not([open])")];
    opened.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((fold) => { fold.open = false; }));
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
})();
