// Makes a form with data-upload send its file with progress, cancel and retry. Without it the form works as any form.
// The file goes ahead in pieces (resumable_upload.js); the form then names the upload.
(() => {
  "use strict";

  const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
  const STALL = 3000; // milliseconds without data
  const ASK_EVERY = 3000; // milliseconds between two questions about an upload that is complete

  // As Django's filesizeformat writes it, so that page and script name the same limit.
  function bytes(count) {
    const power = count < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10));
    return `${(count / 1024 ** power).toFixed(power ? 1 : 0)} ${UNITS[power]}`;
  }

  function duration(seconds) {
    if (!Number.isFinite(seconds)) return "";
    if (seconds >= 5400) return `about ${Math.round(seconds / 3600)} h left`;
    if (seconds >= 90) return `about ${Math.round(seconds / 60)} min left`;
    return `${Math.max(1, Math.round(seconds))} s left`;
  }

  function elapsed(seconds) {
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  function make(tag, attributes, text) {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    if (text) element.textContent = text;
    return element;
  }

  class Panel {
    constructor(form) {
      this.root = make("div", { class: "upload", hidden: "" });
      this.title = make("strong", { role: "status", tabindex: "-1" });
      this.bar = make("progress", { max: "1", value: "0", "aria-label": "Upload" });
      this.detail = make("p", { class: "small soft num" });
      this.cancel = make("button", { type: "button", class: "button quiet" }, "Cancel");
      this.retry = make("button", { type: "button", class: "button" }, "Try again");
      this.buttons = make("div", { class: "row" });
      this.buttons.append(this.retry, this.cancel);
      this.root.append(this.title, this.bar, this.detail, this.buttons);
      form.append(this.root);
    }

    say(title, { detail = "", cancel = false, retry = false, bar = true } = {}) {
      this.root.hidden = false;
      this.title.textContent = title;
      this.detail.textContent = detail;
      if (!cancel && document.activeElement === this.cancel) this.title.focus();
      this.cancel.hidden = !cancel;
      this.retry.hidden = !retry;
      this.buttons.hidden = !cancel && !retry;
      this.bar.hidden = !bar;
    }

    // `idle`: the seconds for which no data has moved, once that is worth saying.
    progress({ loaded, total, rate, idle }) {
      this.bar.value = total ? loaded / total : 0;
      const title = idle ? "Uploading: no data is moving" : "Uploading";
      if (this.title.textContent !== title) this.title.textContent = title;
      const pace = idle
        ? [`no data for ${elapsed(idle)}, still trying`]
        : rate
          ? [`${bytes(rate)}/s`, duration((total - loaded) / rate)]
          : [];
      const share = total ? [`${bytes(loaded)} of ${bytes(total)}`, `${Math.floor((100 * loaded) / total)} %`] : [];
      const parts = [...share, ...pace].filter(Boolean); // a line ends between two of them only
      this.detail.textContent = parts.map((part) => part.replaceAll(" ", "\u00a0")).join(" · ");
    }
  }

  // Measures an upload; a second without an event is a second in which no data moved.
  class Meter {
    constructor(panel) {
      Object.assign(this, { panel, loaded: 0, total: 0, rate: 0, before: 0 });
      this.mark = this.moved = performance.now();
      this.timer = setInterval(() => this.show(), 1000);
    }

    note({ loaded, total }) {
      const now = performance.now(),
        seconds = (now - this.mark) / 1000;
      if (now - this.moved > STALL || loaded < this.before) {
        this.rate = 0; // that of before the stall says nothing about now
        this.mark = now;
        this.before = loaded;
      } else if (seconds >= 0.5) {
        const latest = (loaded - this.before) / seconds;
        this.rate = this.rate ? 0.75 * this.rate + 0.25 * latest : latest;
        this.mark = now;
        this.before = loaded;
      }
      if (loaded > this.loaded) this.moved = now;
      Object.assign(this, { loaded, total });
      this.show();
    }

    show() {
      const still = performance.now() - this.moved;
      this.panel.progress({ ...this, idle: still > STALL ? Math.floor(still / 1000) : 0 });
    }

    stop() {
      clearInterval(this.timer);
    }
  }

  // Errors of the server and of the checks made here look the same as those of a page.
  class Errors {
    constructor(form) {
      this.form = form;
    }

    clear() {
      this.form.querySelector("[data-error-summary]")?.remove();
      this.form.querySelectorAll("ul.errors").forEach((list) => list.remove());
      this.form.querySelectorAll("[aria-invalid]").forEach((input) => {
        input.removeAttribute("aria-invalid");
        const rest = (input.getAttribute("aria-describedby") || "")
          .split(" ")
          .filter((id) => id && !id.endsWith("_error"));
        if (rest.length) input.setAttribute("aria-describedby", rest.join(" "));
        else input.removeAttribute("aria-describedby");
      });
    }

    show(title, detail, errors = {}, type = "about:blank") {
      this.clear();
      const summary = make("div", {
        class: "callout danger summary",
        role: "alert",
        tabindex: "-1",
        "data-error-summary": "",
      });
      summary.append(make("strong", {}, title));
      if (detail) summary.append(make("p", {}, detail));
      const list = make("ul", {});
      Object.entries(errors).forEach(([name, messages]) => {
        [messages].flat().forEach((message) => list.append(this.entry(name, String(message))));
      });
      if (list.children.length) summary.append(list);
      if (type !== "about:blank") summary.append(make("a", { href: type }, "Help with this error"));
      this.form.prepend(summary);
      summary.focus();
      summary.scrollIntoView({ block: "nearest" });
    }

    entry(name, message) {
      const item = make("li", {});
      const found = this.form.elements.namedItem(name);
      const input = found instanceof RadioNodeList ? found[0] : found;
      if (!input || input.type === "hidden") {
        item.textContent = message;
        return item;
      }
      item.append(
        make("a", { href: `#${input.id}` }, input.labels?.[0]?.firstChild?.textContent.trim() || name),
        `: ${message}`,
      );
      this.mark(input, message);
      return item;
    }

    mark(input, message) {
      input.closest("details")?.setAttribute("open", "");
      const id = `${input.id}_error`;
      let list = document.getElementById(id);
      if (!list) {
        list = make("ul", { class: "errors", id });
        (input.closest(".field") || input.parentElement).append(list);
        const described = [input.getAttribute("aria-describedby"), id].filter(Boolean).join(" ");
        input.setAttribute("aria-describedby", described);
        input.setAttribute("aria-invalid", "true");
      }
      list.append(make("li", {}, message));
    }
  }

  function enhance(form) {
    const input = form.querySelector("input[type=file]");
    if (!input) return;
    const drop = form.querySelector("[data-drop]");
    const chosen = form.querySelector("[data-drop-chosen]");
    const limit = Number(form.dataset.maxBytes) || Infinity;
    const panel = new Panel(form);
    const errors = new Errors(form);
    const check = globalThis.archiveCheckOf?.(form);
    const submits = () => form.querySelectorAll("button:not([type=button]), input[type=submit]");
    let request = null,
      meter = null,
      submitter = null;
    form.noValidate = true; // our own messages are more helpful than the browser's

    function fault(file) {
      if (!file.name.toLowerCase().endsWith(".zip")) return `${file.name} is not a .zip file.`;
      if (file.size === 0) return `${file.name} is empty.`;
      if (file.size > limit) return `${file.name} has ${bytes(file.size)}; this phase accepts at most ${bytes(limit)}.`;
      return "";
    }

    // Errors that the server would report after a long upload are shown before it, with the same messages.
    function faults() {
      const file = input.files[0] ? fault(input.files[0]) : "";
      const wrong = [...form.elements].filter((field) => field.willValidate && !field.validity.valid);
      const messages = wrong.map((field) => [
        field.name,
        (field.validity.valueMissing && field.dataset.missing) || field.validationMessage,
      ]);
      return Object.fromEntries(file ? [[input.name, file], ...messages] : messages);
    }

    function checked(found, title) {
      const fine = Object.keys(found).length === 0;
      if (!fine) errors.show(title, "", found);
      return fine;
    }

    function pick() {
      const file = input.files[0];
      if (chosen) {
        chosen.hidden = !file;
        chosen.textContent = file ? `${file.name}, ${bytes(file.size)}` : "";
      }
      const message = file ? fault(file) : "";
      check?.clear();
      if (file && checked(message ? { [input.name]: message } : {}, "This file cannot be submitted")) {
        errors.clear();
        check?.start(file);
      }
    }

    const warn = (event) => {
      event.preventDefault();
      event.returnValue = "";
    };

    function settle() {
      request = null;
      meter?.stop();
      removeEventListener("beforeunload", warn);
      submits().forEach((button) => {
        button.disabled = false;
      });
    }

    // Where the submission of this form is: "" if there is none, null if the server cannot be asked.
    async function submissionOfForm() {
      try {
        const answer = await fetch(form.dataset.submission, { headers: { Accept: "application/json" } });
        return answer.ok && !answer.redirected ? (await answer.json()).location || "" : null;
      } catch {
        return null;
      }
    }

    function open(location, title) {
      settle();
      panel.say(title);
      globalThis.location.assign(location);
    }

    // Once the last byte is sent, the server may accept it whatever becomes of the connection.
    async function askUntilAnswered(asked) {
      while (await pause(ASK_EVERY).then(() => request === asked)) {
        const location = await submissionOfForm();
        if (location && request === asked) {
          settle();
          asked.abort();
          open(location, "Received. Opening its page …");
        }
      }
    }

    // The upload ended without an answer that says what became of it.
    async function ended(title, detail, { retry = true } = {}) {
      meter.stop();
      panel.say("Asking the server whether the archive arrived …", { bar: false });
      const location = (await submissionOfForm()) || (await pause(1000).then(submissionOfForm));
      if (location) return open(location, "It has arrived. Opening its page …");
      settle();
      const known =
        location === ""
          ? "The server has no submission of this form. Your entries are kept."
          : "The server cannot be asked now whether it arrived. Your entries are kept. Trying again with the same archive never uses a second slot.";
      panel.say(title, { detail: [detail, known].filter(Boolean).join(" "), retry, bar: false });
      if (retry) panel.retry.focus();
    }

    function refused(answer, status) {
      settle();
      panel.root.hidden = true;
      if (status === 403) {
        errors.show(
          "You are logged out",
          "Log in in another tab, then submit again here. Your entries are kept. No slot was used.",
        );
        return;
      }
      errors.show(
        answer.title || (status === 413 ? "The file is too large" : "The server did not accept this submission"),
        answer.detail || "",
        answer.errors,
        answer.type,
      );
    }

    // A redirect leads to the log-in page: the session ended in another tab.
    const ledAway = () => new URL(request.responseURL).pathname !== new URL(form.action, location.href).pathname;

    function answered(upload) {
      const { status } = request;
      if (ledAway()) return refused({}, 403);
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        /* a proxy's error page; its status is shown */
      }
      if (status >= 200 && status < 300 && answer?.location) {
        upload.forget();
        open(answer.location, "Received. Opening its page …");
      } else if (status >= 400 && status < 500) {
        if (["upload_gone", "wrong_sha256"].includes(answer?.code)) upload.forget();
        refused(answer || {}, status);
      } else {
        ended(
          answer?.title || "The server did not answer as it should",
          answer?.detail || `It answered with status ${status}. This is a server error, not your mistake.`,
        );
      }
    }

    async function send() {
      const ready = () => !request && checked(faults(), "Please fix this first");
      if (!ready()) return;
      errors.clear();
      if (check && !((await check.passes()) && ready())) return; // much may happen while the check goes on
      const upload = new ResumableUpload(input.files[0], form.dataset);
      request = upload;
      panel.say("Uploading", { cancel: true });
      meter = new Meter(panel);
      upload.onprogress = (event) => meter.note(event);
      panel.cancel.focus();
      submits().forEach((button) => {
        button.disabled = true;
      });
      addEventListener("beforeunload", warn);
      if (await upload.send()) return submit(upload);
      if (upload.stopped) {
        upload.discard();
        return ended("Cancelled", "", { retry: false });
      }
      const { status, answer } = upload.refusal;
      if (status >= 500) ended(answer.title || "The server did not answer as it should", answer.detail || "");
      else refused(answer, status === 401 ? 403 : status);
    }

    // The same upload makes one submission, however often its form is sent.
    function submitOnceOnline(upload) {
      const waiting = { abort: () => ended("Cancelled", "", { retry: false }) };
      request = waiting;
      meter.stop();
      panel.say("There is no network", { detail: "It goes on by itself once there is one.", cancel: true });
      addEventListener("online", () => request === waiting && submit(upload), { once: true });
    }

    // The file has arrived: send the form that names it.
    function submit(upload) {
      request = new XMLHttpRequest();
      const sent = request;
      request.upload.addEventListener("load", () => {
        meter.stop();
        panel.say("Sent. The server is checking it …", { detail: panel.detail.textContent });
        askUntilAnswered(sent);
      });
      request.addEventListener("load", () => {
        if (sent.status === 423) return pause(1000).then(() => request === sent && submit(upload)); // by another tab
        answered(upload);
      });
      request.addEventListener("error", () => {
        if (navigator.onLine) ended("The connection broke", "");
        else submitOnceOnline(upload);
      });
      request.addEventListener("abort", () => {
        if (request === sent) ended("Cancelled", "", { retry: false });
      });
      const body = new FormData(form);
      body.delete(input.name);
      body.set("upload", upload.id);
      body.set("csrfmiddlewaretoken", csrfToken());
      if (submitter?.name) body.append(submitter.name, submitter.value);
      request.open("POST", form.getAttribute("action") || location.href); // a field named action would hide form.action
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
      request.send(body);
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submitter = event.submitter;
      send();
    });
    panel.cancel.addEventListener("click", () => request?.abort());
    panel.retry.addEventListener("click", send);
    input.addEventListener("change", pick);
    if (input.files.length) pick(); // chosen before this script ran

    if (!drop) return;
    form.querySelectorAll("[data-drop-text]").forEach((text) => {
      text.hidden = false;
    });
    ["dragenter", "dragover"].forEach((name) =>
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      }),
    );
    ["dragleave", "drop"].forEach((name) => drop.addEventListener(name, () => drop.classList.remove("over")));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      if (request || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  document.querySelectorAll("form[data-upload]").forEach(enhance);
})();
