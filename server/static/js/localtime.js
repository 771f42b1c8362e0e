// Adds the reader's own time to <time data-local>, and a countdown to <time data-countdown>, by the server's clock.
(() => {
  "use strict";

  const MINUTE = 60000,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });

  function clockOffset() {
    const server = Date.parse(document.querySelector("meta[name=server-time]")?.content);
    const visit = performance.getEntriesByType("navigation")[0];
    // A page taken from the browser's cache carries an old server time.
    const cached = visit?.transferSize === 0 && visit.decodedBodySize > 0;
    const age = visit ? performance.now() - visit.responseStart : 0;
    return Number.isNaN(server) || cached ? 0 : server - (Date.now() - age);
  }
  let offset = clockOffset();

  function part(time, name) {
    let element = time.nextElementSibling;
    while (element && !element.classList.contains(name)) {
      element = element.matches(".local, .countdown") ? element.nextElementSibling : null;
    }
    if (!element) {
      element = document.createElement("span");
      element.className = name;
      time.after(" ", element);
    }
    return element;
  }

  function span(ms) {
    if (ms >= DAY) return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
    if (ms >= HOUR) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`;
    return ms >= MINUTE ? `${Math.floor(ms / MINUTE)} min` : "less than a minute";
  }

  function countDown(time) {
    const left = Date.parse(time.dateTime) - (Date.now() + offset);
    if (Number.isNaN(left)) return;
    part(time, "countdown").textContent =
      left > 0 ? `${time.dataset.countdown} in ${span(left)}` : time.dataset.countdownPast || "";
  }

  function localise(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || /^(Etc\/)?(UTC|GMT|UCT|Universal|Zulu)$/.test(zone)) return;
    part(time, "local").textContent = `${format.format(at)} for you`;
  }

  function each(root) {
    root.querySelectorAll("time[data-countdown]").forEach(countDown);
    root.querySelectorAll("time[data-local]").forEach(localise);
  }

  // A page that many are shown carries no server time; the answer to any question does.
  async function askTheServer() {
    const asked = Date.now();
    const answer = await fetch("/healthz", { cache: "no-store" });
    const server = Date.parse(answer.headers.get("Date"));
    if (Number.isNaN(server)) return;
    offset = server + 500 - (asked + Date.now()) / 2; // it tells whole seconds
    each(document);
  }

  if (document.querySelector("time[data-countdown]") && !document.querySelector("meta[name=server-time]"))
    askTheServer().catch(() => {});
  each(document);
  document.addEventListener("lid:changed", (event) => each(event.target));
  setInterval(() => document.querySelectorAll("time[data-countdown]").forEach(countDown), MINUTE);
})();
