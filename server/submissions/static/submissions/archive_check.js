// Checks the chosen archive in a worker before it is sent, and shows what the server would say of it.
// Whatever keeps the check from its work never keeps the archive from being sent.
(() => {
  "use strict";

  const count = (number) => number.toLocaleString("en-GB");
  const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

  function make(tag, text) {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    return element;
  }

  class ArchiveCheck {
    constructor(form) {
      this.root = form.querySelector("[data-check]");
      this.told = JSON.parse(document.getElementById("check").textContent);
      this.form = form;
      this.outcome = Promise.resolve("none"); // of the present archive: none, skipped, fine, faulty or unknown
      this.overridden = false;
      this.part("skip").addEventListener("click", () => this.end({ outcome: "skipped" }));
      this.part("override").addEventListener("click", () => {
        this.overridden = true;
        form.requestSubmit();
      });
    }

    part(name) {
      return this.root.querySelector(`[data-check-${name}]`);
    }

    start(file) {
      this.clear();
      this.overridden = false;
      this.root.hidden = this.part("running").hidden = false;
      this.outcome = new Promise((resolve) => {
        this.resolve = resolve;
      });
      this.progress({ done: 0, total: 0 });
      try {
        this.worker = new Worker(this.root.dataset.worker);
        this.worker.addEventListener("error", () => this.end({ outcome: "unknown" }));
        this.worker.addEventListener("message", ({ data }) => (data.outcome ? this.end(data) : this.progress(data)));
        const urls = { manifest: this.absolute(this.told.manifest), scripts: this.told.scripts.map(this.absolute) };
        const others = this.told.others.map((one) => ({ ...one, address: this.absolute(one.address) }));
        this.worker.postMessage({ ...urls, others, facts: this.told.facts, file });
      } catch {
        this.end({ outcome: "unknown" });
      }
    }

    absolute(address) {
      return new URL(address, location.href).href;
    }

    // Forgets the archive before this one.
    clear() {
      this.worker?.terminate();
      this.resolve?.("none");
      for (const name of ["running", "warnings", "faulty"]) this.part(name).hidden = true;
      this.root.hidden = true;
      this.outcome = Promise.resolve("none");
    }

    progress(far = this.far) {
      this.far = far;
      const { done, total } = far;
      this.root.querySelector("progress").value = total ? done / total : 0;
      const counted = total ? `: ${count(done)} of ${plural(total, "file")}` : "";
      const next = this.isAwaited ? " It is sent once this has ended." : "";
      this.part("status").textContent = `Checking the archive before it is sent${counted} …${next}`;
    }

    end(data) {
      this.worker?.terminate();
      this.part("running").hidden = true;
      let { outcome } = data;
      try {
        this.part("status").textContent = this.summary(data);
        if (outcome === "fine") this.warn(data.warnings);
        if (outcome === "faulty") this.list(data);
      } catch {
        outcome = "unknown"; // what cannot be shown keeps nobody from sending
      }
      this.resolve(outcome);
    }

    summary({ outcome, images }) {
      if (outcome === "faulty") return "";
      if (outcome === "skipped") return "Not checked here. The server checks every archive.";
      if (outcome === "unknown") return "This page cannot check the archive. The server will.";
      return `✓ Names, sizes and kinds of all ${plural(images, "map")} are right. The server checks the pixels too.`;
    }

    warn(warnings) {
      this.part("warnings").replaceChildren(...warnings.map((warning) => make("li", warning)));
      this.part("warnings").hidden = !warnings.length;
    }

    list({ count: problems, groups }) {
      const shown = groups.reduce((sum, { files }) => sum + files.length, 0);
      const all = plural(problems, "problem");
      this.part("title").textContent = `Not ready to submit: ${all}`;
      this.part("caption").textContent = problems > shown ? `The first ${count(shown)} of ${all}` : all;
      this.root.querySelector("tbody").replaceChildren(...groups.map((group) => this.row(group)));
      this.part("faulty").hidden = false;
    }

    row({ code, found, expected, fix, files, more }) {
      const row = this.root.querySelector("template").content.cloneNode(true);
      row.querySelector("ul").append(...files.map((file) => this.file(file)));
      row.querySelector("[data-check-more]").textContent = more ? `and ${count(more)} more` : "";
      const [foundCell, expectedCell] = row.querySelectorAll("td");
      foundCell.textContent = found;
      expectedCell.textContent = expected;
      row.querySelector("[data-check-fix]").textContent = fix;
      const link = row.querySelector("a");
      link.href += `${code}/`;
      link.firstChild.textContent = code;
      return row;
    }

    file(name) {
      const item = make("li", name ? "" : "the archive");
      if (name) {
        const code = item.appendChild(make("code"));
        code.append(make("bdi", name));
      }
      return item;
    }

    // Returns whether the present archive may be sent, once its check has ended.
    async passes() {
      this.isAwaited = true;
      if (!this.part("running").hidden) this.progress();
      let outcome = null;
      for (let seen = null; seen !== this.outcome; outcome = await seen) seen = this.outcome;
      this.isAwaited = false;
      if (outcome !== "faulty" || this.overridden) return true;
      this.part("faulty").focus();
      this.part("faulty").scrollIntoView({ block: "nearest" });
      return false;
    }
  }

  // Returns null where nothing can be checked.
  globalThis.archiveCheckOf = (form) => {
    try {
      return new ArchiveCheck(form);
    } catch {
      return null;
    }
  };
})();
