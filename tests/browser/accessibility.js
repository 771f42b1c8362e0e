// What a page gets wrong for keyboard, screen reader and weak eyes; a list of complaints, empty where all is well.
() => {
  "use strict";

  const complaints = [];
  const complain = (what, element) => complaints.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const words = (ids) => (ids || "").split(" ").filter(Boolean);
  const textOf = (id) => document.getElementById(id)?.textContent || "";

  function nameOf(element) {
    const pieces = [
      ...words(element.getAttribute("aria-labelledby")).map(textOf),
      element.getAttribute("aria-label"),
      ...[...(element.labels || [])].map((label) => label.textContent),
      element.matches("a, button, summary") ? element.textContent : "",
      ...[...element.querySelectorAll("img[alt]")].map((image) => image.alt),
      element.matches("input[type=submit]") ? element.value : "",
    ];
    return pieces.filter(Boolean).join(" ").trim();
  }

  function headings() {
    let before = 0;
    all("h1, h2, h3, h4, h5, h6").forEach((heading) => {
      const level = Number(heading.tagName[1]);
      if (level > before + 1) complain(`a heading of level ${level} follows one of level ${before}`, heading);
      if (!heading.textContent.trim()) complain("an empty heading", heading);
      before = level;
    });
    if (all("h1").length !== 1) complaints.push(`${all("h1").length} headings of the first level`);
  }

  function names() {
    all("a[href], button, summary, select, textarea, input:not([type=hidden]), [role=region], nav, [role=img]").forEach(
      (element) => {
        if (!nameOf(element)) complain("no name", element);
      },
    );
    all("img:not([alt])").forEach((image) => complain("no alternative text", image));
    all("table").forEach((table) => {
      if (!table.querySelector("th[scope=col]")) complain("a table without column heads", table);
    });
  }

  function references() {
    const seen = new Set();
    document.querySelectorAll("[id]").forEach((element) => {
      if (seen.has(element.id)) complain("an id used twice", element);
      seen.add(element.id);
    });
    document.querySelectorAll("[aria-describedby], [aria-labelledby], label[for], a[href^='#']").forEach((element) => {
      const named = ["aria-describedby", "aria-labelledby", "for"].flatMap((name) => words(element.getAttribute(name)));
      const anchor = element.getAttribute("href")?.slice(1);
      [...named, anchor].filter(Boolean).forEach((id) => {
        if (!document.getElementById(id)) complain(`nothing has the id ${id}`, element);
      });
    });
    all("[aria-invalid=true]").forEach((input) => {
      if (!words(input.getAttribute("aria-describedby")).some((id) => id.endsWith("_error")))
        complain("its error is not told", input);
    });
  }

  function page() {
    if (!document.documentElement.lang) complaints.push("no language");
    if (!document.title.trim()) complaints.push("no title");
    ["main", "header", "footer"].forEach((place) => {
      if (all(place).length !== 1) complaints.push(`not one ${place}`);
    });
    all("[tabindex]").forEach((element) => {
      if (element.tabIndex > 0) complain("it jumps the order of the tab key", element);
    });
  }

  // WCAG 2.2, 2.5.8: 24 pixels at least, links within a sentence left out.
  function targets() {
    all("button, summary, select, textarea, input:not([type=hidden]), .button, nav a").forEach((element) => {
      const label = element.matches("[type=checkbox], [type=radio]") ? element.labels[0] || element : element;
      const { width, height } = label.getBoundingClientRect();
      if (width < 24 || height < 24)
        complain(`a target of ${Math.round(width)} by ${Math.round(height)} pixels`, element);
    });
  }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function pixel(...layers) {
    canvas.clearRect(0, 0, 1, 1);
    layers.forEach((colour) => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    });
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }

  function ground(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    return ["white", ...layers];
  }

  function brightness(rgb) {
    const [r, g, b] = rgb
      .map((value) => value / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  // WCAG 1.4.3: 4.5 to 1, and 3 to 1 for large letters.
  function contrast() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const elements = new Set();
    while (walker.nextNode()) {
      if (walker.currentNode.data.trim()) elements.add(walker.currentNode.parentElement);
    }
    [...elements]
      .filter((element) => shown(element) && !element.closest(".sr, .skip, script, noscript, [disabled], svg, canvas"))
      .forEach((element) => {
        const style = getComputedStyle(element),
          under = ground(element);
        const [light, dark] = [brightness(pixel(...under, style.color)), brightness(pixel(...under))].sort(
          (a, b) => b - a,
        );
        const size = parseFloat(style.fontSize),
          large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const ratio = (light + 0.05) / (dark + 0.05);
        if (ratio < (large ? 3 : 4.5)) complain(`a contrast of ${ratio.toFixed(2)}`, element);
      });
  }

  [headings, names, references, page, targets, contrast].forEach((look) => look());
  return complaints;
};
