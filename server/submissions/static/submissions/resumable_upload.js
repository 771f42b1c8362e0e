// Sends a file in pieces, by tus 1.0, and goes on after a broken connection, a reload or a restart of the server.
(() => {
  "use strict";

  const PIECE = 32 * 1024 ** 2; // bytes
  const PAUSES = [500, 1000, 2000, 4000, 8000]; // milliseconds before another try; the last one again and again
  const STUCK = 45_000; // milliseconds without data, after which the server has ended the request
  // After which answers it tries again; 0: no answer. One that refuses to begin is for the person to read.
  const UNREACHABLE = new Set([0, 502, 503, 504]);
  const LATER = new Set([...UNREACHABLE, 408, 423, 429, 460, 500]);

  const base64 = (text) => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));

  // A log-in in another tab changes the token.
  const csrfToken = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] || "";

  function body(text) {
    try {
      return JSON.parse(text);
    } catch {
      return {}; // a proxy's error page; its status is shown
    }
  }

  const mayPass = ({ status, text }) => LATER.has(status) || body(text).code === "wrong_offset";

  class ResumableUpload {
    // `stopped`: abort() was called. `refusal`: {status, answer} where it cannot go on.
    constructor(file, { uploads, phase }) {
      Object.assign(this, { file, uploads, phase, offset: null, stopped: false, refusal: null });
      this.key = `upload ${phase} ${file.name} ${file.size} ${file.lastModified}`;
      this.onprogress = () => {};
      this.id = this.remembered();
    }

    // Returns whether all of it has arrived.
    async send() {
      for (let tries = 0; !this.stopped && this.offset !== this.file.size; ) {
        const answer = await this.step();
        if (answer.status >= 200 && answer.status < 300) {
          tries = 0;
        } else if (this.id && [404, 410].includes(answer.status)) {
          this.forget();
        } else if (!(this.id ? mayPass(answer) : UNREACHABLE.has(answer.status)) || !(await this.isReadable(answer))) {
          this.refusal ||= { status: answer.status, answer: body(answer.text) };
          return false;
        } else {
          this.offset = null;
          await this.pause(PAUSES[Math.min(tries++, PAUSES.length - 1)]);
        }
      }
      return !this.stopped;
    }

    async step() {
      const answer = await (!this.id ? this.begin() : this.offset === null ? this.ask() : this.piece());
      const arrived = answer.status < 300 && answer.offset;
      if (arrived) {
        this.offset = Number(arrived);
        this.onprogress({ loaded: this.offset, total: this.file.size });
      }
      return answer;
    }

    async begin() {
      const told = `phase ${base64(this.phase)},filename ${base64(this.file.name)}`;
      const headers = { "Upload-Length": this.file.size, "Upload-Metadata": told };
      const answer = await this.request("POST", this.uploads, { headers });
      if (answer.status === 201) this.remember(body(answer.text).id);
      return answer;
    }

    ask() {
      return this.request("HEAD", this.uploads + this.id);
    }

    piece() {
      const piece = this.file.slice(this.offset, this.offset + PIECE);
      const headers = { "Upload-Offset": this.offset, "Content-Type": "application/offset+octet-stream" };
      return this.request("PATCH", this.uploads + this.id, { headers, piece });
    }

    // Resolves in any case; `status` is 0 if there was no answer.
    request(method, url, { headers = {}, piece = null } = {}) {
      const request = new XMLHttpRequest();
      const from = this.offset;
      this.current = request;
      return new Promise((resolve) => {
        let stuck = null;
        const patience = () => {
          clearTimeout(stuck);
          stuck = setTimeout(() => request.abort(), STUCK);
        };
        request.upload.addEventListener("progress", (event) => {
          patience();
          this.onprogress({ loaded: from + event.loaded, total: this.file.size });
        });
        request.addEventListener("loadend", () => {
          clearTimeout(stuck);
          const { status, responseText: text } = request;
          resolve({ status, text, offset: status ? request.getResponseHeader("Upload-Offset") : null });
        });
        patience();
        request.open(method, url);
        const always = { Accept: "application/json", "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken() };
        Object.entries({ ...always, ...headers }).forEach(([name, value]) => request.setRequestHeader(name, value));
        request.send(piece);
      });
    }

    // A request fails as if there were no network where the file has changed since it was chosen.
    async isReadable({ status }) {
      try {
        if (status === 0) await this.file.slice(0, 1).arrayBuffer();
        return true;
      } catch {
        this.forget();
        const answer = { title: "The file cannot be read", detail: "It was changed or moved. Choose it again." };
        this.refusal = { status: 400, answer };
        return false;
      }
    }

    pause(milliseconds) {
      return new Promise((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, milliseconds);
        addEventListener("online", resolve, { once: true });
      });
    }

    abort() {
      this.stopped = true;
      this.current?.abort();
      this.wake?.();
    }

    // Removes it from the server; what cannot be removed now expires there.
    discard() {
      if (this.id) this.request("DELETE", this.uploads + this.id);
      this.forget();
    }

    remembered() {
      try {
        return localStorage.getItem(this.key);
      } catch {
        return null; // the browser keeps nothing
      }
    }

    remember(id) {
      this.id = id;
      try {
        localStorage.setItem(this.key, id);
      } catch {
        /* the upload does not survive a reload */
      }
    }

    forget() {
      this.id = this.offset = null;
      try {
        localStorage.removeItem(this.key);
      } catch {
        /* nothing is kept */
      }
    }
  }

  Object.assign(globalThis, { ResumableUpload, csrfToken });
})();
