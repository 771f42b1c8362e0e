// Sorts and searches a board's table and hides columns without leaving the page: the server renders each answer,
// this swaps it in. Without script the same links and the same form load the page anew.
(() => {
  "use strict";

  const form = document.querySelector("form.table-query");
  if (!form) return;
  const find = form.elements.find;
  const boxes = [...form.querySelectorAll("input[type=checkbox][name=show]")];
  const TYPING_PAUSE = 150;
  let order = new URLSearchParams(location.search);
  let typed = "",
    timer = 0,
    request = null;

  // The address of what the form and the order ask for; the server's answer has it in its shortest form.
  function address() {
    const fields = [...new FormData(form)].filter(([name, value]) => value && name !== "sort" && name !== "dir");
    const query = new URLSearchParams(fields);
    ["sort", "dir"].forEach((name) => {
      if (order.get(name)) query.set(name, order.get(name));
    });
    return `${location.pathname}?${query}`;
  }

  async function show(url) {
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(url, { signal: request.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  }

  function swap(page) {
    const focused = document.activeElement.closest("[data-column]")?.dataset.column;
    const ticked = new Set([...document.querySelectorAll("input[name=rows]:checked")].map((box) => box.value));
    document.querySelectorAll("[data-part]").forEach((part) => {
      const fresh = page.querySelector(`[data-part=${part.dataset.part}]`);
      if (!fresh) throw new Error("the board has no rows any more");
      [...part.attributes].forEach(({ name }) => {
        if (!fresh.hasAttribute(name)) part.removeAttribute(name);
      });
      [...fresh.attributes].forEach(({ name, value }) => part.setAttribute(name, value));
      if (part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes);
    });
    const shown = page.querySelectorAll("form.table-query input[type=checkbox][name=show]");
    boxes.forEach((box, index) => {
      box.checked = shown[index]?.checked;
    });
    document.querySelectorAll("input[name=rows]").forEach((box) => {
      box.checked = ticked.has(box.value);
    });
    if (focused) document.querySelector(`[data-column=${focused}] a`)?.focus();
    const { url } = document.querySelector("[data-part=table]").dataset;
    history.replaceState(null, "", url === "?" ? location.pathname : url);
    order = new URLSearchParams(location.search);
    document.dispatchEvent(new CustomEvent("lid:rows"));
  }

  // Browsers allow so many changes of the address in a while, and typing is quick.
  function settle() {
    clearTimeout(timer);
    if (typed) history.replaceState(null, "", typed);
    const url = typed;
    typed = "";
    return url;
  }

  function step() {
    settle();
    history.pushState(null, "", address());
    show(location.href);
  }

  function follow(link) {
    settle();
    order = new URL(link.href).searchParams;
    if ("clearSearch" in link.dataset) {
      find.value = "";
      find.focus();
    } else if (link.dataset.part === "by-rank") {
      document.querySelector("[data-column=rank] a").focus();
    }
    step();
  }

  // A key or a button beside the first asks for another tab or window.
  const plain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-query]");
    if (!link || event.defaultPrevented || !plain(event)) return;
    event.preventDefault();
    follow(link);
  });
  find.addEventListener("input", () => {
    typed = address();
    clearTimeout(timer);
    timer = setTimeout(() => show(settle()), TYPING_PAUSE);
  });
  boxes.forEach((box) => box.addEventListener("change", step));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (
      event.key !== "/" ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.target.closest("input, textarea, select")
    )
      return;
    event.preventDefault();
    find.focus();
  });
  window.addEventListener("popstate", () => {
    clearTimeout(timer);
    typed = "";
    order = new URLSearchParams(location.search);
    find.value = order.get("find") || "";
    show(location.href);
  });

  // The page may be cached and shown again, so only the browser knows when that is.
  window.addEventListener("beforeprint", () => {
    const at = new Date(performance.timeOrigin).toLocaleString("en-GB", {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: "UTC",
    });
    document.querySelectorAll("[data-printed]").forEach((note) => {
      note.textContent = `As of ${at} UTC, ${location.href}`;
    });
  });
  form.querySelectorAll("[data-no-script]").forEach((button) => {
    button.hidden = true;
  });

  // What was changed before this script ran, which a slow network makes likely.
  if (find.value !== find.defaultValue || boxes.some((box) => box.checked !== box.defaultChecked)) step();
})();
