// Redraws the page of curves as its form is changed: the server draws, the address keeps what is shown.
(() => {
  "use strict";

  const form = document.querySelector("[data-curve-form]");
  const shown = document.querySelector("[data-shown]");
  let asking = null, asked = address(), writing = null;

  function address() {
    const said = [...new FormData(form)].filter(([, value]) => value !== "");
    if (!said.some(([name]) => name === "teams")) said.unshift(["teams", "none"]);
    return `${form.action}?${new URLSearchParams(said)}`;
  }

  async function redraw() {
    const url = address();
    if (url === asked) return;
    asked = url;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(url, { signal: asking.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const drawn = page.querySelector("[data-shown]");
      if (!drawn) throw new Error("the board has no curves any more");
      shown.dataset.shown = drawn.dataset.shown;
      shown.replaceChildren(...drawn.childNodes);
      history.replaceState(null, "", url);
      shown.dispatchEvent(new CustomEvent("lid:changed", { bubbles: true }));
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  }

  form.addEventListener("change", redraw);
  form.addEventListener("submit", (event) => { event.preventDefault(); redraw(); });
  shown.addEventListener("lid:threshold", (event) => {
    form.elements.t.value = event.detail;
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", address()), 150);
  });
})();
