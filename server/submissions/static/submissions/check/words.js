// What the check says, in the evaluator's own words: `facts` are its texts, tables and limits.
(() => {
  "use strict";

  const SPECIAL = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };
  const UNPRINTABLE = /(?! )[\p{C}\p{Z}]/gu;
  let facts = {};

  // Problems of the archive: the server would reject it for them.
  class Rejected extends Error {
    constructor(problems) {
      super(problems[0].found);
      this.problems = problems;
    }
  }

  // Something that only the server can judge.
  class Unknown extends Error {}

  const thousands = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

  const filled = (template, gaps) =>
    template.replace(/\{(\w+)(:,)?\}/g, (_, gap, grouped) => (grouped ? thousands(gaps[gap]) : String(gaps[gap])));

  function escaped(letter) {
    const code = letter.codePointAt(0);
    const width = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
    return SPECIAL[letter] || `\\${{ 2: "x", 4: "u", 8: "U" }[width]}${code.toString(16).padStart(width, "0")}`;
  }

  const printable = (text) => text.replace(UNPRINTABLE, escaped);

  function shown(name) {
    const letters = [...printable(name)];
    const half = facts.limits.longest_name / 2;
    if (letters.length <= 2 * half) return letters.join("");
    return `${letters.slice(0, half - 1).join("")}…${letters.slice(-half).join("")}`;
  }

  function problem(key, file = "", gaps = {}) {
    const { code, ...parts } = facts.texts[key];
    const texts = Object.entries(parts).map(([part, template]) => [part, printable(filled(template, gaps))]);
    return { code, file: shown(file), ...Object.fromEntries(texts) };
  }

  Object.assign(globalThis, {
    Rejected,
    Unknown,
    shown,
    thousands,
    problem,
    learn: (told) => {
      facts = globalThis.facts = told;
    },
    rejected: (key, file, gaps) => new Rejected([problem(key, file, gaps)]),
    phrase: (key, gaps) => printable(filled(facts.phrases[key], gaps)),
  });
})();
