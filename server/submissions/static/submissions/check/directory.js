// Reads the directory of a zip, completely or not at all, as the evaluator does (evaluator/zip/directory.py).
(() => {
  "use strict";

  const [END, LOCATOR, END64, ENTRY] = [22, 20, 56, 46]; // bytes
  const [ZIP64, UNICODE_PATH, UTF8_NAME] = [0x0001, 0x7075, 1 << 11];
  const ONES = [0xffffffff, 0xffffffff, 0xffffffff, 0xffff]; // "see zip64" in a size, packed size, offset or disk
  const WIDTHS = [8, 8, 8, 4];
  const WHOLE_FIELDS = { 8: 1, 16: 2, 24: 3, 28: 4 };
  const NOT_ASCII = /\P{ASCII}/gu;
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  const cp437 = (bytes) => Array.from(bytes, (byte) => facts.cp437[byte]).join("");

  function asUtf8(bytes) {
    try {
      return utf8.decode(bytes);
    } catch {
      return null;
    }
  }

  function archiveKind(start) {
    if (!start.length) return facts.kinds.empty;
    if (startsWith(start, "ustar", 257)) return facts.kinds.tar;
    return facts.archives.find(([magic]) => startsWith(start, magic))?.[1] || facts.kinds.other;
  }

  function otherKind(reader) {
    const start = reader.read(0, facts.limits.start_length);
    const split = startsWith(start, "PK\x07\x08") || startsWith(start, "PK00");
    const fix = facts.archive_fixes[split ? "split" : "other"];
    return rejected("other_kind", "", { kind: archiveKind(start), fix });
  }

  const commentEnd = (tail, offset) => {
    const at = offset + END - 2;
    return offset + END + (at < tail.length ? tail[at] : 0) + (at + 1 < tail.length ? tail[at + 1] << 8 : 0);
  };

  function fits(tail, offset) {
    const end = commentEnd(tail, offset);
    const behind = tail.subarray(end);
    const room = offset + END <= tail.length && end <= tail.length && behind.length <= facts.limits.longest_comment;
    return room && behind.every((byte) => byte === 0);
  }

  function findEnd(reader) {
    const begin = Math.max(0, reader.size - facts.limits.tail_length);
    const tail = reader.read(begin, reader.size - begin);
    const offsets = [];
    for (let at = tail.indexOf(0x50); at >= 0; at = tail.indexOf(0x50, at + 1)) {
      if (startsWith(tail, "PK\x05\x06", at)) offsets.push(at);
    }
    if (!offsets.length) throw otherKind(reader);
    const last = offsets.at(-1);
    const fitting = offsets.filter((offset) => fits(tail, offset));
    if (!fitting.length) {
      const surplus = tail.length - commentEnd(tail, last);
      if (surplus <= 0 || last + END > tail.length) throw rejected("cut_off");
      throw rejected("behind_end", "", { surplus });
    }
    if (fitting.length > 1 || fitting[0] !== last) throw rejected("two_ends");
    const small = [4, 6, 8, 10].map((at) => u16(tail, last + at)); // two disks, two counts
    return { numbers: [...small, u32(tail, last + 12), u32(tail, last + 16)], at: begin + last };
  }

  function seeZip64(reader, { numbers, at }) {
    const front = at - LOCATOR - END64;
    const records = front >= 0 ? reader.read(front, LOCATOR + END64) : [];
    if (!startsWith(records, "PK\x06\x07", END64)) return { numbers, at };
    const wide = [u32(records, 16), u32(records, 20), ...[24, 32, 40, 48].map((field) => u64(records, field))];
    const whole = startsWith(records, "PK\x06\x06") && u64(records, 4) === END64 - 12;
    const located = u32(records, END64 + 4) === 0 && u64(records, END64 + 8) === front && u32(records, END64 + 16) < 2;
    if (!whole || !located) throw rejected("zip64_end");
    const ones = [0xffff, 0xffff, 0xffff, 0xffff, 0xffffffff, 0xffffffff];
    if (numbers.some((plain, index) => plain !== ones[index] && plain !== wide[index])) {
      throw rejected("ends_contradict");
    }
    return { numbers: wide.map(exact), at: front };
  }

  function extraFields(extra, name) {
    const fields = new Map();
    for (let offset = 0; offset + 4 <= extra.length; ) {
      const [kind, length] = [u16(extra, offset), u16(extra, offset + 2)];
      const body = extra.subarray(offset + 4, offset + 4 + length);
      offset += 4 + length;
      if (body.length !== length || ([ZIP64, UNICODE_PATH].includes(kind) && fields.has(kind))) {
        throw rejected("extra_fields", name);
      }
      fields.set(kind, body);
    }
    return fields;
  }

  // Replaces the values that are all ones by those of the zip64 field.
  function widened(values, field, name) {
    const wanted = [...values.keys()].filter((index) => values[index] === ONES[index]);
    const total = wanted.reduce((sum, index) => sum + WIDTHS[index], 0);
    const indices = field.length === total ? wanted : [...Array(WHOLE_FIELDS[field.length] || 0).keys()];
    const wide = new Map();
    let at = 0;
    for (const index of indices) {
      wide.set(index, WIDTHS[index] === 8 ? u64(field, at) : u32(field, at));
      at += WIDTHS[index];
    }
    const numbers = values.map((value, index) => wide.get(index) ?? value);
    const agree = values.every((value, index) => value === ONES[index] || value === numbers[index]);
    const all = wanted.every((index) => indices.includes(index)) && indices.every((index) => index < values.length);
    if (!agree || !all || (field.length && !indices.length)) throw rejected("zip64_field", name);
    return numbers.map(exact);
  }

  function standsFor(name, unicodeName) {
    const spelt = (letter) => {
      const code = letter.codePointAt(0);
      return code < 0x10000 ? `#U${code.toString(16).padStart(4, "0")}` : `#L${code.toString(16).padStart(6, "0")}`;
    };
    return [unicodeName.replace(NOT_ASCII, spelt), unicodeName.replace(NOT_ASCII, "?")].includes(name);
  }

  function decoded(raw, flags, fields) {
    const flagged = Boolean(flags & UTF8_NAME);
    const path = fields.get(UNICODE_PATH) || new Uint8Array();
    const name = asUtf8(raw) ?? (flagged ? null : cp437(raw));
    if (name === null) throw rejected("not_utf8", cp437(raw));
    if (path[0] !== 1 || path.length < 5 || u32(path, 1) !== crc32(raw)) return name;
    const unicodeName = asUtf8(path.subarray(5));
    if (unicodeName === null) throw rejected("not_utf8", cp437(raw));
    const ascii = raw.every((byte) => byte < 0x80);
    if (unicodeName !== name && (flagged || (ascii && !standsFor(name, unicodeName)))) {
      throw rejected("second_name", name, { name: shown(unicodeName) });
    }
    return unicodeName;
  }

  function entry(block, at, raw, extra) {
    const field = extra.length ? extraFields(extra, cp437(raw)) : new Map();
    let [size, packedSize, offset, disk] = [
      u32(block, at + 24),
      u32(block, at + 20),
      u32(block, at + 42),
      u16(block, at + 34),
    ];
    if (field.has(ZIP64) || [size, packedSize, offset].includes(ONES[0])) {
      const values = [size, packedSize, offset, disk];
      [size, packedSize, offset, disk] = widened(values, field.get(ZIP64) || new Uint8Array(), cp437(raw));
    }
    if (disk) throw rejected("other_part", cp437(raw));
    const [needed, flags, method] = [block[at + 6], u16(block, at + 8), u16(block, at + 10)];
    const [checksum, mode] = [u32(block, at + 16), u16(block, at + 40)];
    const name = decoded(raw, flags, field);
    return { name, raw, needed, flags, method, checksum, size, packedSize, offset, mode };
  }

  function entries(block) {
    const found = [];
    for (let offset = 0; offset < block.length; ) {
      if (!startsWith(block, "PK\x01\x02", offset) || offset + ENTRY > block.length) {
        throw rejected("directory_damaged", "", { done: found.length });
      }
      const at = offset;
      const nameEnd = at + ENTRY + u16(block, at + 28);
      const extraEnd = nameEnd + u16(block, at + 30);
      offset = extraEnd + u16(block, at + 32);
      if (offset > block.length) throw rejected("directory_cut_off", "", { done: found.length + 1 });
      found.push(entry(block, at, block.slice(at + ENTRY, nameEnd), block.slice(nameEnd, extraEnd)));
    }
    return found;
  }

  // Returns a zip's entries and the offset of its directory. Throws Rejected.
  function readDirectory(reader, most) {
    const { numbers, at } = seeZip64(reader, findEnd(reader));
    const [disk, firstDisk, countHere, count, size, offset] = numbers;
    if (disk || firstDisk) throw rejected("split_zip");
    const surplus = at - offset - size;
    if (surplus) throw rejected(surplus > 0 ? "surplus" : "part_missing", "", { surplus });
    const mostBytes = most * facts.limits.entry_bytes;
    if (count > most || size > mostBytes) {
      throw rejected("too_many_files", "", { count, size, most, most_bytes: mostBytes });
    }
    const found = entries(reader.read(offset, size).slice());
    if (countHere !== found.length || count !== found.length) {
      const counts = [...new Set([countHere, count])].sort((one, other) => one - other);
      const said = counts.map(thousands).join(" or ");
      throw rejected("other_count", "", { said, count: found.length });
    }
    return { entries: found, offset };
  }

  Object.assign(globalThis, { readDirectory, extraFields, widened, decoded, ZIP64, UNICODE_PATH });
})();
