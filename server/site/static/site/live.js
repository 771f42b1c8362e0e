// Keeps every element with data-live up to date from a fragment of the server, politely.
(() => {
  "use strict";

  const LONGEST_WAIT = 30;

  function retryAfter(response) {
    const value = response.headers.get("Retry-After");
    if (!value) return 0;
    const seconds = Number(value);
    return Number.isNaN(seconds) ? Math.max(0, (Date.parse(value) - Date.now()) / 1000) : seconds;
  }

  function live(element) {
    const every = Number(element.dataset.liveEvery) || 2;
    let failures = 0,
      timer = 0,
      last = null,
      running = false;

    const note = document.createElement("p");
    note.className = "lost";
    note.setAttribute("role", "status");
    note.hidden = true;
    note.textContent = "Connection lost, trying again …";
    const voice = document.createElement("p");
    voice.className = "sr";
    voice.setAttribute("aria-live", "polite");
    element.after(note, voice);

    // A counter that is read out at every step is a nuisance: where the fragment
    // marks a sentence with data-live-say, only that is announced.
    function announce() {
      const say = element.querySelector("[data-live-say]");
      element.setAttribute("aria-live", say ? "off" : "polite");
      if (say && voice.textContent !== say.textContent) voice.textContent = say.textContent;
    }

    function replace(html) {
      if (html === last) return;
      const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
      const open = [...element.querySelectorAll("details[open][id]")].map((details) => details.id);
      element.innerHTML = html;
      last = html;
      open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
      if (focused) document.getElementById(focused)?.focus();
      announce();
      element.dispatchEvent(new CustomEvent("lid:changed", { bubbles: true }));
    }

    function next(seconds) {
      clearTimeout(timer);
      if (!document.hidden) timer = setTimeout(poll, seconds * 1000);
    }

    const done = () => element.querySelector("[data-live-done]") !== null;

    function stop() {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      note.remove();
    }

    async function poll() {
      if (running) return;
      if (!element.isConnected) return stop();
      running = true;
      let wait = every;
      try {
        const response = await fetch(element.dataset.live, {
          headers: { "X-Requested-With": "XMLHttpRequest", Accept: "text/html" },
          credentials: "same-origin",
          cache: "no-store",
        });
        wait = Math.max(every, retryAfter(response));
        // A redirect leads to the log-in page, which is no fragment.
        if (!response.ok || response.redirected) throw new Error(String(response.status));
        replace(await response.text());
        failures = 0;
      } catch {
        failures += 1;
        wait = Math.max(wait, Math.min(LONGEST_WAIT, every * 2 ** failures));
      } finally {
        running = false;
      }
      note.hidden = failures === 0;
      if (done()) stop();
      else next(wait);
    }

    function wake() {
      clearTimeout(timer);
      if (!document.hidden) poll();
    }

    announce();
    if (done()) return stop();
    document.addEventListener("visibilitychange", wake);
    next(every);
  }

  document.querySelectorAll("[data-live]").forEach(live);
})();
