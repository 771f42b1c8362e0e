// Adds the reader's own time to <time data-local>, and a countdown to <time data-countdown>, by the server's clock.
(() => {
  "use strict";

  const SECOND = 1000,
    MINUTE = 60 * SECOND,
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
  let offset = clockOffset(),
    timer = 0;

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
    const seconds = Math.floor((ms % MINUTE) / SECOND);
    return ms >= MINUTE ? `${Math.floor(ms / MINUTE)} min ${seconds} s` : `${seconds} s`;
  }

  const msUntil = (time) => Date.parse(time.dateTime) - (Date.now() + offset);

  // "closes in 3 min 20 s", and then "closed".
  function countDown(time) {
    const left = msUntil(time);
    if (Number.isNaN(left)) return;
    part(time, "countdown").textContent =
      left > 0 ? `${time.dataset.countdown} in ${span(left)}` : time.dataset.countdownPast;
    const words = time.previousElementSibling;
    if (left <= 0 && words?.dataset.past) words.textContent = words.dataset.past;
  }

  // By the second in the last hour, else by the minute; each when the text changes.
  function countDownAll() {
    const times = [...document.querySelectorAll("time[data-countdown]")];
    times.forEach(countDown);
    const waits = times
      .map(msUntil)
      .filter((left) => left > 0)
      .map((left) => (left < HOUR ? left % SECOND : Math.min(left % MINUTE, left - HOUR)) + 1);
    clearTimeout(timer);
    if (waits.length) timer = setTimeout(countDownAll, Math.min(...waits));
  }

  function localise(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || /^(Etc\/)?(UTC|GMT|UCT|Universal|Zulu)$/.test(zone)) return;
    part(time, "local").textContent = `${format.format(at)} for you`;
  }

  function each(root) {
    countDownAll();
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
  document.addEventListener("visibilitychange", countDownAll); // timers of a hidden page sleep
})();
