// Moments in the time of this computer; the server writes them in UTC.
(() => {
  const form = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const local = () => {
    for (const time of document.querySelectorAll("time[datetime]:not([data-here])")) {
      time.dataset.here = "1";
      time.textContent = form.format(new Date(time.dateTime));
    }
  };
  local();
  window.when = { local };
})();
