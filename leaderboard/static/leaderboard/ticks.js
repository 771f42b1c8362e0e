// Counts the rows that are ticked for a comparison, two to five, and says what is wrong with another number.
(() => {
  "use strict";

  const LEAST = 2,
    MOST = 5;
  const form = document.getElementById("compare");
  if (!form) return;
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");
  const ticked = () => [...form.elements].filter((box) => box.checked);

  function instruction(count) {
    if (count === 0) return `Tick ${LEAST} to ${MOST} teams to compare them.`;
    if (count < LEAST) return `One is ticked. Tick 1 to ${MOST - 1} more to compare them.`;
    return count < MOST ? `Up to ${MOST} can be compared.` : `${MOST} is the most that can be compared.`;
  }

  function update(refusal) {
    const count = ticked().length;
    button.disabled = count < LEAST;
    button.textContent = count < LEAST ? "Compare" : `Compare ${count} teams`;
    button.classList.toggle("quiet", count < LEAST);
    status.textContent = refusal || instruction(count);
  }

  document.addEventListener("change", (event) => {
    if (event.target.form !== form) return;
    const many = ticked().length > MOST;
    if (many) event.target.checked = false;
    update(many ? `${MOST} teams are ticked, and no more can be compared. Untick one first.` : "");
  });
  window.addEventListener("pageshow", () => update()); // a browser that comes back keeps the ticks
  document.addEventListener("lid:rows", () => update());
  update();
})();
