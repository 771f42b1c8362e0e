// Updates the page of curves as its form changes: the server renders each answer, the address keeps the choice.
(() => {
  "use strict";

  const form = document.querySelector("[data-curve-form]");
  const selection = document.querySelector("[data-selection]");
  let request = null,
    requested = address(),
    timer = null;

  function address() {
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    if (!fields.some(([name]) => name === "teams")) fields.unshift(["teams", "none"]);
    return `${form.action}?${new URLSearchParams(fields)}`;
  }

  async function update() {
    const url = address();
    if (url === requested) return;
    requested = url;
    request?.abort();
    request = new AbortController();
    try {
      const answer = await fetch(url, { signal: request.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-selection]");
      if (!fresh) throw new Error("the board has no curves any more");
      selection.dataset.selection = fresh.dataset.selection;
      selection.replaceChildren(...fresh.childNodes);
      history.replaceState(null, "", url);
      selection.dispatchEvent(new CustomEvent("lid:changed", { bubbles: true }));
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url);
    }
  }

  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    update();
  });
  selection.addEventListener("lid:threshold", (event) => {
    form.elements.t.value = event.detail;
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", address()), 150);
  });

  // What was changed before this script ran, which a slow network makes likely.
  const changed = (field) => field.checked !== field.defaultChecked || field.value !== field.defaultValue;
  if ([...form.querySelectorAll("input")].some(changed)) {
    requested = null;
    update();
  }
})();
