// Matches the files of an archive to the images of a split (evaluator/file_matching.py).
(() => {
  "use strict";

  const UNPRINTABLE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
  const DRIVE = /^[A-Za-z]:/;
  const base = (member) => member.parts.at(-1);
  const stem = (member) => base(member).slice(0, Math.max(0, base(member).lastIndexOf(".")));
  const isPng = (member) => base(member).toLowerCase().endsWith(".png");
  const isJunk = (member) => member.parts.includes("__MACOSX") || base(member).startsWith("._");

  function whatIsUnsafe({ name, parts }) {
    const [first] = parts;
    if (parts.includes("..")) return "climbs";
    if (!first || (DRIVE.test(first) && (first.length === 2 || parts.length === 1)))
      return name ? "absolute" : "nameless";
    if (first.endsWith(":") && parts[1] === "") return "address";
    if (UNPRINTABLE.test(name) && parts.at(-1) !== "Icon\r") return "control";
    return [...name].length > facts.limits.longest_path ? "long_name" : "";
  }

  function byCodePoints(one, other) {
    const [letters, others] = [[...one.name], [...other.name]];
    const at = letters.findIndex((letter, index) => letter !== others[index]);
    if (at < 0 || at >= others.length) return letters.length - others.length || one.begin - other.begin;
    return letters[at].codePointAt(0) - others[at].codePointAt(0);
  }

  function unsafe(members) {
    const found = members.filter(whatIsUnsafe).sort(byCodePoints);
    return found.map((member) => problem(whatIsUnsafe(member), member.name, { length: [...member.name].length }));
  }

  function empty(kept) {
    if (!kept.length) return problem("no_file");
    const counts = new Map();
    for (const kind of kept.map((member) => otherFormat(base(member))).filter(Boolean)) {
      counts.set(kind, (counts.get(kind) || 0) + 1);
    }
    const [kind, alike] = [...counts].sort((one, other) => other[1] - one[1])[0] || ["", 0];
    const count = kept.length;
    if (kind && 2 * alike >= count) {
      const first = kept.find((member) => otherFormat(base(member)) === kind);
      return problem("other_formats", "", { count, alike, kind, name: shown(first.name) });
    }
    const key = base(kept[0]).toLowerCase().endsWith(".zip") ? "zip_inside" : "no_png";
    return problem(key, "", { count, name: shown(kept[0].name) });
  }

  // `others`: the splits beside this one, with a title and all ids.
  function ofAnotherSplit(pngs, others) {
    const fitting = others.map(({ title, ids }) => [title, idsMeant(pngs.keys(), ids).size]);
    const most = Math.max(0, ...fitting.map(([, count]) => count));
    if (2 * most < pngs.size) return null;
    const titles = fitting.filter(([, count]) => count === most).map(([title]) => `“${title}”`);
    return problem("other_split", "", { most, count: pngs.size, titles: titles.join(" or ") });
  }

  function twice(files, image) {
    let names = files
      .slice(0, 3)
      .map((member) => shown(member.name))
      .join(" and ");
    if (files.length > 3) names = phrase("more_files", { files: names, more: files.length - 3 });
    const how =
      files
        .slice(1, 3)
        .map((file) => difference(stem(file), stem(files[0])))
        .find(Boolean) || "";
    return problem(how ? "twice_alike" : "twice", files[1].name, { files: names, how, image: shown(image) });
  }

  class Missing {
    constructor(kept, claims, firstId) {
      Object.assign(this, { claims, firstId, examples: new Map() });
      this.others = new Map(kept.filter((member) => !isPng(member)).map((member) => [composed(stem(member)), member]));
      this.looks = new Map([...claims.strangers].reverse().map((name) => [lookOf(name), name]));
    }

    example(kind, name) {
      if (!this.examples.has(kind)) this.examples.set(kind, name);
      return shown(this.examples.get(kind));
    }

    problem(image, unclear) {
      const [key, gaps] = this.reason(image, unclear);
      return problem(key, shown(`${image}.png`), gaps);
    }

    reason(image, unclear) {
      if (unclear.length) {
        const ids = this.claims.ids.get(stem(unclear[0])).map((id) => `${shown(id)}.png`);
        return ["unclear", { name: shown(unclear[0].name), ids: ids.join(" and ") }];
      }
      const other = this.others.get(composed(image));
      if (other) {
        const kind = otherFormat(base(other)) || phrase("another");
        return ["other_format", { kind, name: this.example(kind, other.name) }];
      }
      const alike = this.looks.get(lookOf(image));
      if (alike) {
        const how = difference(alike, image);
        return ["looks_alike", { name: this.example(how, alike), how }];
      }
      const count = this.claims.count;
      if (this.claims.files.size) return ["missing", { count }];
      return ["missing_all", { count, id: shown(this.firstId), name: shown(this.claims.strangers[0]), hint: "" }];
    }
  }

  function claimsOf(pngs, ids) {
    const meant = idsMeant(pngs.keys(), ids);
    const files = new Map();
    for (const [name, images] of meant) {
      for (const image of images) {
        if (!files.has(image)) files.set(image, []);
        files.get(image).push(...pngs.get(name));
      }
    }
    return { ids: meant, files, strangers: [...pngs.keys()].filter((name) => !meant.has(name)), count: pngs.size };
  }

  function firstFew(names) {
    const most = facts.limits.names_per_warning;
    return [...names.slice(0, most), ...(names.length > most ? ["…"] : [])].join(", ");
  }

  function warnings(known, strangers) {
    const told = [];
    const taken = [...known].filter(([image, file]) => composed(image) !== composed(stem(file)));
    if (taken.length) {
      const names = taken.map(
        ([id, file]) => `${shown(stem(file))}.png for ${shown(id)} (${difference(stem(file), id)})`,
      );
      told.push(
        phrase(taken.length === 1 ? "renamed_one" : "renamed", { count: taken.length, names: firstFew(names) }),
      );
    }
    if (strangers.length) {
      const names = strangers.map((member) => shown(member.name));
      const key = strangers.length === 1 ? "stranger" : "strangers";
      told.push(phrase(key, { count: strangers.length, names: firstFew(names) }));
    }
    return told;
  }

  // Returns the file of each image that has one, the problems of the names, and warnings of ignored files.
  function matchFiles(members, images, loadOthers) {
    const kept = members.filter((member) => base(member) && !isJunk(member));
    const pngs = index(stem, kept.filter(isPng));
    const problems = unsafe(members);
    if (!pngs.size) throw new Rejected(problems.length ? problems : [empty(kept)]);
    const claims = claimsOf(
      pngs,
      images.map((image) => image.id),
    );
    const other = claims.files.size ? null : ofAnotherSplit(pngs, loadOthers());
    if (other) throw new Rejected([...problems, other]);
    const [known, missing] = [new Map(), new Missing(kept, claims, images[0].id)];
    for (const { id } of images) {
      const files = claims.files.get(id) || [];
      if (files.length > 1) problems.push(twice(files, id));
      else if (files.length && claims.ids.get(stem(files[0])).length === 1) known.set(id, files[0]);
      else problems.push(missing.problem(id, files));
    }
    const strangers = claims.strangers.flatMap((name) => pngs.get(name));
    return { known, problems, warnings: warnings(known, strangers) };
  }

  Object.assign(globalThis, { matchFiles, isPng });
})();
