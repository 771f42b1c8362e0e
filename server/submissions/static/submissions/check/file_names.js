// What a file's name tells (evaluator/file_names.py), where it has letters of ASCII, or exactly an image's.
(() => {
  "use strict";

  const SEPARATORS = /[ _\-.]/g;
  const composed = (name) => name.normalize("NFC");
  const isAscii = (name) => /^[ -~]*$/.test(name);
  const visible = (name) => name.toLowerCase().trim();
  const lookOf = (name) => name.replace(SEPARATORS, "").toLowerCase();

  const otherFormat = (name) =>
    Object.entries(facts.other_formats).find(([, suffixes]) =>
      suffixes.some((suffix) => name.toLowerCase().endsWith(suffix)),
    )?.[0] || "";

  function index(level, values) {
    const found = new Map();
    for (const value of values) {
      const key = level(value);
      if (found.has(key)) found.get(key).push(value);
      else found.set(key, [value]);
    }
    return found;
  }

  // Returns the ids that each name may mean. Throws Unknown where that takes the tables of other letters.
  function idsMeant(names, ids) {
    const meant = new Map();
    let left = [...names];
    const take = (level) => {
      const known = left.length ? index(level, ids) : new Map();
      for (const name of left) {
        if (known.has(level(name))) meant.set(name, known.get(level(name)));
      }
      left = left.filter((name) => !meant.has(name));
    };
    take((name) => name);
    take(composed);
    if (left.length && !(left.every(isAscii) && ids.every(isAscii))) throw new Unknown("letters beyond ASCII");
    take((name) => name.toLowerCase());
    take(visible);
    return meant;
  }

  function named(letter) {
    return `U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")} ${facts.letters[letter.charCodeAt(0)]}`;
  }

  function firstDifference(name, wanted) {
    const shorter = Math.min(name.length, wanted.length);
    let at = 0;
    while (at < shorter && name[at] === wanted[at]) at++;
    const [rest, wantedRest] = [name.slice(at), wanted.slice(at)];
    if (rest.slice(1) === wantedRest || !wantedRest) return phrase("too_much", { letter: named(rest) });
    if (wantedRest.slice(1) === rest || !rest) return phrase("lacking", { letter: named(wantedRest) });
    return phrase("instead", { letter: named(rest), wanted: named(wantedRest) });
  }

  // Says in what a name differs from the wanted one; "" where they are the same.
  function difference(name, wanted) {
    if (name === wanted) return "";
    if (composed(name) === composed(wanted)) return phrase(composed(name) !== name ? "decomposed" : "composed");
    if (!isAscii(name + wanted)) throw new Unknown("letters beyond ASCII");
    if (name.toLowerCase() === wanted.toLowerCase()) return phrase("case");
    return firstDifference(name, wanted);
  }

  Object.assign(globalThis, { composed, index, lookOf, otherFormat, idsMeant, difference });
})();
