// Shows the values of a server-drawn figure of curves at any x, by pointer, touch and keys.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  function shape(name, className, attributes = {}) {
    const element = document.createElementNS(SVG, name);
    element.setAttribute("class", className);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  const touch = matchMedia("(hover: none)").matches;
  const numbers = (text) => (text ? text.split(" ") : null);

  function read(group, root) {
    const { series: key, label, values, low, high } = group.dataset;
    const all = (name) => [...root.querySelectorAll(`[data-${name}="${CSS.escape(key)}"]`)];
    return {
      label,
      values: numbers(values),
      low: numbers(low),
      high: numbers(high),
      colour: [...group.classList].find((name) => name.startsWith("series-")),
      peaks: all("value").map((element) => [element, element.textContent]),
      cells: all("cell"),
      intervals: all("interval"),
    };
  }

  function showValues(one, threshold) {
    const value = one.values[threshold];
    one.peaks.forEach(([element]) => {
      element.textContent = `${value} at ${threshold}`;
    });
    one.cells.forEach((cell) => {
      cell.textContent = value;
    });
    one.intervals.forEach((cell) => {
      cell.textContent = one.low ? `${one.low[threshold]}–${one.high[threshold]}` : "–";
    });
  }

  function enhance(svg) {
    const figure = svg.closest("figure"),
      root = svg.closest("[data-selection]") || figure;
    const series = [...svg.querySelectorAll("[data-series]")].map((group) => read(group, root)).reverse(); // painted last to first
    if (!series.length) return;
    const {
      plotLeft: left,
      plotRight: right,
      plotTop: top,
      plotBottom: bottom,
      xMin: first,
      xMax: last,
      yMin: low,
      yMax: high,
    } = Object.fromEntries(Object.entries(svg.dataset).map(([key, value]) => [key, Number(value)]));
    const { xTitle, yTitle, unit } = svg.dataset,
      xWord = xTitle.charAt(0).toLowerCase() + xTitle.slice(1);
    const x = (threshold) => left + ((right - left) * (threshold - first)) / (last - first);
    const y = (percent) => bottom - ((bottom - top) * (percent - low)) / (high - low);
    const output = figure.querySelector("[data-readout]"),
      caption = root.querySelector("[data-readout-x]");

    const guide = shape("line", "guide off", { y1: top, y2: bottom });
    const foot = shape("text", "foot off", { y: top - 6 });
    svg.append(guide, foot);
    for (const one of series) {
      one.dot = shape("circle", `guide-dot off ${one.colour}`, { r: 4 });
      svg.append(one.dot);
    }

    let at = Number(caption ? caption.textContent : svg.dataset.at);

    function moveDot(one) {
      const value = Number(one.values[at]),
        height = y(Number.isNaN(value) ? low : value); // a dash where undefined
      one.dot.classList.toggle("off", Number.isNaN(value) || height < top - 1 || height > bottom + 1);
      one.dot.setAttribute("cx", x(at));
      one.dot.setAttribute("cy", height);
    }

    function move(threshold) {
      at = Math.max(first, Math.min(last, Math.round(threshold)));
      [
        ["x1", x(at)],
        ["x2", x(at)],
      ].forEach(([name, value]) => guide.setAttribute(name, value));
      foot.setAttribute("x", x(at));
      foot.textContent = at;
      [guide, foot].forEach((element) => element.classList.remove("off"));
      series.forEach((one) => {
        moveDot(one);
        showValues(one, at);
      });
      svg.classList.add("reading");
      announce();
      if (caption) caption.textContent = at;
      output.textContent = `${yTitle} at ${xWord} ${at}. Press Esc to show the peaks again.`;
    }

    function announce() {
      svg.setAttribute("aria-valuenow", at);
      svg.setAttribute(
        "aria-valuetext",
        `${xTitle} ${at}: ${series.map((one) => `${one.label} ${one.values[at]} ${unit}`).join(", ")}`,
      );
    }

    function reset() {
      [guide, foot, ...series.map((one) => one.dot)].forEach((element) => element.classList.add("off"));
      series.forEach((one) =>
        one.peaks.forEach(([element, text]) => {
          element.textContent = text;
        }),
      );
      svg.classList.remove("reading");
      output.textContent = touch
        ? `Tap the figure to read the curves at a ${xWord}.`
        : `Move the pointer over the figure, or focus it and use the arrow keys, to read the curves at a ${xWord}.`;
    }

    function follow(event) {
      const matrix = svg.getScreenCTM();
      if (!matrix) return;
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      if (point.x < right + 12) move(first + ((last - first) * (point.x - left)) / (right - left));
    }

    const keep = (detail) => svg.dispatchEvent(new CustomEvent("lid:threshold", { bubbles: true, detail }));
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -16, PageUp: 16 };
    svg.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const step = steps[event.key] * (event.shiftKey ? 16 : 1);
      if (step) move(at + step);
      else if (event.key === "Home") move(first);
      else if (event.key === "End") move(last);
      else if (event.key === "Escape") reset();
      else return;
      event.preventDefault();
      keep(event.key === "Escape" ? "" : at);
    });
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", (event) => {
      follow(event);
      keep(at);
    });

    const title = svg.querySelector("title"); // as a label it is read out all the same, and no tooltip covers the figure
    svg.setAttribute("aria-label", title.textContent);
    title.remove();
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "slider");
    svg.setAttribute("aria-valuemin", first);
    svg.setAttribute("aria-valuemax", last);
    announce();
    if (root.dataset.selection === "at") move(at);
    else reset();
  }

  const each = (root) => root.querySelectorAll("svg[data-curves]").forEach(enhance);
  each(document);
  document.addEventListener("lid:changed", (event) => each(event.target));
})();
