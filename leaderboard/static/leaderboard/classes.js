// Searches the table of classes while its reader types. Without script the form asks the server, which does the same.
(() => {
  "use strict";

  const form = document.querySelector("form[data-classes]");
  if (!form) return;
  const rows = [...document.querySelectorAll("tr[data-label]")];
  const count = document.querySelector("[data-count]");

  function filter() {
    const wanted = form.elements.q.value.trim().replace(/\s+/g, " ").toLowerCase();
    rows.forEach((row) => {
      row.hidden = !row.dataset.name.toLowerCase().includes(wanted) && row.dataset.label !== wanted;
    });
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} labels`;
  }

  form.elements.q.addEventListener("input", filter);
  if (form.elements.q.value !== form.elements.q.defaultValue) filter(); // typed before this script ran
})();
