// Shows the copy button of every [data-copy] block and makes it work.
(() => {
  "use strict";
  if (!navigator.clipboard) return;

  function show(root) {
    root.querySelectorAll("[data-copy] .copy").forEach((button) => {
      button.hidden = false;
    });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy] .copy");
    if (!button) return;
    const text = button.closest("[data-copy]").querySelector("code, textarea, input");
    try {
      await navigator.clipboard.writeText(text.value ?? text.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });

  show(document);
  document.addEventListener("lid:changed", (event) => show(event.target));
})();
