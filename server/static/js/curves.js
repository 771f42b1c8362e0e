// Lets a server-drawn figure of IoU-threshold curves be read point by point, by pointer, touch and keys.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const LAST = 255;

  function shape(name, className, attributes = {}) {
    const element = document.createElementNS(SVG, name);
    element.setAttribute("class", className);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  const percent = (value) => (100 * value).toFixed(2);

  function peakOf(values) {
    let best = 0;
    values.forEach((value, threshold) => { if (value >= values[best]) best = threshold; });
    return best;
  }

  function read(group) {
    return {
      group,
      key: group.dataset.series,
      label: group.dataset.label,
      colour: [...group.classList].find((name) => name.startsWith("series-")),
      values: group.dataset.values.trim().split(/\s+/).map(Number),
      shown: true,
    };
  }

  function enhance(svg) {
    const number = (name, fallback) => Number(svg.dataset[name] ?? fallback);
    const box = svg.viewBox.baseVal;
    const plot = {
      left: number("plotLeft", 0), right: number("plotRight", box.width), top: number("plotTop", 0), bottom: number("plotBottom", box.height),
    };
    const low = number("yMin", 0), high = number("yMax", 1);
    const x = (threshold) => plot.left + (plot.right - plot.left) * threshold / LAST;
    const y = (value) => plot.bottom - (plot.bottom - plot.top) * (value - low) / (high - low);

    const series = [...svg.querySelectorAll("[data-series]")].map(read);
    if (!series.length) return;
    const figure = svg.closest("figure") || svg.parentElement;
    const output = figure.querySelector("[data-readout]");
    const guide = shape("line", "guide", { y1: plot.top, y2: plot.bottom });
    svg.append(guide);
    series.forEach((one) => {
      one.dot = shape("circle", `guide-dot ${one.colour || ""}`, { r: 4 });
      svg.append(one.dot);
    });

    function row(one, threshold) {
      const item = document.createElement("li");
      const key = figure.querySelector(`[data-legend="${CSS.escape(one.key)}"] .key`);
      if (key) item.append(key.cloneNode(true));
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = one.label;
      const value = document.createElement("span");
      value.textContent = `${percent(one.values[threshold])} %`;
      item.append(name, value);
      return item;
    }

    let at = 0;
    function move(threshold) {
      at = Math.max(0, Math.min(LAST, Math.round(threshold)));
      guide.setAttribute("x1", x(at));
      guide.setAttribute("x2", x(at));
      const shown = series.filter((one) => one.shown && Number.isFinite(one.values[at]));
      series.forEach((one) => {
        one.dot.classList.toggle("off", !shown.includes(one));
        if (shown.includes(one)) {
          one.dot.setAttribute("cx", x(at));
          one.dot.setAttribute("cy", y(one.values[at]));
        }
      });
      shown.sort((a, b) => b.values[at] - a.values[at]);
      svg.setAttribute("aria-valuenow", at);
      svg.setAttribute("aria-valuetext", `Threshold ${at}: ${shown.map((one) => `${one.label} ${percent(one.values[at])} %`).join(", ")}`);
      if (!output) return;
      const title = document.createElement("strong");
      title.textContent = `IoU at threshold ${at}`;
      const list = document.createElement("ol");
      list.append(...shown.map((one) => row(one, at)));
      output.replaceChildren(title, list);
    }

    function follow(event) {
      const matrix = svg.getScreenCTM();
      if (!matrix) return;
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      move(LAST * (point.x - plot.left) / (plot.right - plot.left));
    }

    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -16, PageUp: 16 };
    svg.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const step = steps[event.key] * (event.shiftKey ? 16 : 1);
      if (step) move(at + step);
      else if (event.key === "Home") move(0);
      else if (event.key === "End") move(LAST);
      else return;
      event.preventDefault();
    });
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", follow);

    series.forEach((one) => {
      const entry = figure.querySelector(`[data-legend="${CSS.escape(one.key)}"]`);
      if (!entry) return;
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.append(...entry.childNodes);
      entry.append(button);
      button.addEventListener("click", () => {
        one.shown = !one.shown;
        button.setAttribute("aria-pressed", String(one.shown));
        one.group.classList.toggle("off", !one.shown);
        move(at);
      });
    });

    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "slider");
    svg.setAttribute("aria-valuemin", "0");
    svg.setAttribute("aria-valuemax", String(LAST));
    const best = series.reduce((a, b) => (Math.max(...b.values) > Math.max(...a.values) ? b : a));
    move(peakOf(best.values));
  }

  const each = (root) => root.querySelectorAll("svg[data-curves]").forEach(enhance);
  each(document);
  document.addEventListener("lid:changed", (event) => each(event.target));
})();
