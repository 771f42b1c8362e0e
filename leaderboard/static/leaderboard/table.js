// Orders and searches a board's table and leaves columns out, at once; the address says how, as the server reads it.
(() => {
  "use strict";

  const table = document.querySelector("table.board");
  if (!table) return;
  const OURS = ["find", "sort", "dir", "show"];
  const form = document.querySelector("form.reader");
  const told = document.querySelector("[data-told]");
  const toRank = document.querySelector("[data-by-rank]");
  const nobody = document.querySelector("[data-nobody]");
  const find = form.elements.find;
  const boxes = [...form.querySelectorAll("input[type=checkbox][name=show]")];
  const heads = [...table.tHead.rows[0].cells].slice(1).map((cell, index) => ({ cell, index: index + 1, ...cell.dataset }));
  const body = table.tBodies[0];

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase();

  const tidied = (text) => text.trim().replace(/\s+/g, " ");

  function keyOf(cell, kind) {
    const text = cell.dataset.key ?? cell.querySelector("bdi")?.textContent ?? cell.textContent.trim();
    if (kind === "text") return folded(text) || null;
    const number = kind === "moment" ? Date.parse(cell.querySelector("time").dateTime) : parseFloat(text);
    return Number.isNaN(number) ? null : number;
  }

  function read(row) {
    const names = [...row.querySelectorAll("th bdi")].map((name) => name.textContent);
    return { row, place: Number(row.id.slice("row-".length)), text: folded(names.join(" ")), keys: {} };
  }
  const lines = [...body.rows].map(read).sort((a, b) => a.place - b.place);

  // What the address asks for

  function asked(query) {
    const head = heads.find((one) => one.column === query.get("sort")) || heads[0];
    const dir = ["asc", "desc"].includes(query.get("dir")) ? query.get("dir") : head.first;
    const known = query.getAll("show").filter((key) => heads.some((one) => one.column === key));
    const shown = known.length ? [...known, "team"] : heads.map((one) => one.column);
    return { find: tidied(query.get("find") || ""), head, dir, shown: new Set(shown) };
  }
  let now = asked(new URLSearchParams(location.search));

  const byRank = (wish) => wish.head === heads[0] && wish.dir === "asc";

  function address(wish) {
    const query = new URLSearchParams(location.search);
    OURS.forEach((name) => query.delete(name));
    if (wish.find) query.set("find", wish.find);
    if (!byRank(wish)) {
      query.set("sort", wish.head.column);
      query.set("dir", wish.dir);
    }
    const shown = heads.filter((one) => wish.shown.has(one.column));
    if (shown.length < heads.length) shown.forEach((one) => query.append("show", one.column));
    return `?${query}`;
  }

  function turned(head) {
    const other = now.dir === "asc" ? "desc" : "asc";
    return { ...now, head, dir: head === now.head ? other : head.first };
  }

  // What is seen

  function ordered() {
    if (byRank(now)) return lines;
    const { column, kind, index } = now.head;
    const sign = now.dir === "asc" ? 1 : -1;
    lines.forEach((line) => { line.keys[column] ??= keyOf(line.row.cells[index], kind); });
    return lines.toSorted((one, other) => {
      const a = one.keys[column], b = other.keys[column];
      if (a === null || b === null) return (a === null) - (b === null);
      return a < b ? -sign : a > b ? sign : 0;
    });
  }

  function order() {
    const rows = ordered().map((line) => line.row);
    if (rows.some((row, place) => row !== body.rows[place])) body.replaceChildren(...rows);
    table.dataset.sort = now.head.column;
    heads.forEach((head) => {
      if (head === now.head) head.cell.setAttribute("aria-sort", `${now.dir}ending`);
      else head.cell.removeAttribute("aria-sort");
      head.cell.firstElementChild.href = address(turned(head));
    });
    toRank.hidden = byRank(now);
    toRank.href = address({ ...now, head: heads[0], dir: "asc" });
  }

  function search() {
    const words = folded(now.find).split(" ").filter(Boolean);
    lines.forEach((line) => { line.row.hidden = !words.every((word) => line.text.includes(word)); });
    if (tidied(find.value) !== now.find) find.value = now.find;
    nobody.hidden = lines.some((line) => !line.row.hidden);
    nobody.querySelector("[data-find]").textContent = now.find;
    nobody.querySelector("a").href = address({ ...now, find: "" });
  }

  function choose() {
    const without = heads.filter((head) => !now.shown.has(head.column)).map((head) => head.index + 1);
    table.dataset.without = (lines.length === 1 ? [1, ...without] : without).join(" ");
    boxes.forEach((box) => { box.checked = now.shown.has(box.value); });
  }

  function way() {
    const words = { number: ["lowest", "highest"], moment: ["oldest", "newest"], text: ["A", "Z"] }[now.head.kind];
    return `by ${now.head.cell.textContent.replace("%", "").trim()}, ${words[Number(now.dir === "desc")]} first`;
  }

  function tell() {
    const found = lines.filter((line) => !line.row.hidden).length;
    const count = now.find ? `${found} of ${lines.length} team${lines.length === 1 ? "" : "s"}` : "";
    const said = [count, byRank(now) ? "" : way()].filter(Boolean).join(", ");
    if (told.textContent !== said) told.textContent = said;
  }

  function show() {
    [order, search, choose, tell].forEach((part) => part());
  }

  // What a reader does

  let pause = 0;
  const here = () => address(now).replace(/^\?$/, location.pathname);

  function settle() {
    clearTimeout(pause);
    history.replaceState(null, "", here());
  }

  function step(changes) {
    settle();
    now = { ...now, ...changes };
    history.pushState(null, "", here());
    show();
  }

  // Browsers allow so many changes of the address in a while, and typing is quick.
  function type(changes) {
    now = { ...now, ...changes };
    clearTimeout(pause);
    pause = setTimeout(settle, 250);
    show();
  }

  // A key or a button beside the first asks for another tab or window.
  const plain = (event) => !event.defaultPrevented && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

  heads.forEach((head) => head.cell.firstElementChild.addEventListener("click", (event) => {
    if (!plain(event)) return;
    event.preventDefault();
    step(turned(head));
  }));
  toRank.addEventListener("click", (event) => {
    if (!plain(event)) return;
    event.preventDefault();
    step({ head: heads[0], dir: "asc" });
    heads[0].cell.firstElementChild.focus();
  });
  nobody.querySelector("a").addEventListener("click", (event) => {
    if (!plain(event)) return;
    event.preventDefault();
    step({ find: "" });
    find.focus();
  });
  find.addEventListener("input", () => type({ find: tidied(find.value) }));
  boxes.forEach((box) => box.addEventListener("change", () => {
    const shown = boxes.filter((one) => one.checked).map((one) => one.value);
    step({ shown: new Set(["team", ...shown]) });
  }));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    find.focus();
  });
  window.addEventListener("popstate", () => {
    clearTimeout(pause);
    now = asked(new URLSearchParams(location.search));
    show();
  });

  // The page may be kept and shown again, so only the browser knows of when it is.
  window.addEventListener("beforeprint", () => {
    const at = new Date(performance.timeOrigin).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
    document.querySelectorAll("[data-printed]").forEach((note) => { note.textContent = `As of ${at} UTC, ${location.href}`; });
  });
  form.querySelectorAll("[data-plain]").forEach((button) => { button.hidden = true; });
  show();
})();
