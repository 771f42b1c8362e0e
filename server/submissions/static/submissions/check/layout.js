// Verifies that the entries of a zip lie back to back as its directory says (evaluator/zip/layout.py).
(() => {
  "use strict";

  const LOCAL = 30; // bytes of a local header
  const LIKELY_EXTRA = 64;
  const [STORED, DEFLATED] = [0, 8];
  const ENCRYPTED = (1 << 0) | (1 << 6) | (1 << 13);
  const STREAMED = 1 << 3;
  const HINTS = (1 << 1) | (1 << 2);
  const [KIND, FILE, FOLDER] = [0o170000, 0o100000, 0o040000];
  const EMPTY_DEFLATED = 2;

  function checkKind({ name, flags, method, needed, mode, size, packedSize }) {
    if (flags & ENCRYPTED) throw rejected("encrypted", name);
    if (method !== STORED && method !== DEFLATED) {
      throw rejected("other_method", name, { method: facts.zip_methods[method] || phrase("other_method", { method }) });
    }
    if (needed > facts.limits.newest_version || flags & ~facts.limits.known_flags) throw rejected("no_such_zip", name);
    const isFolder = /[/\\]$/.test(name);
    const kind = mode & KIND;
    if (kind && kind !== FILE && !(isFolder && kind === FOLDER)) throw rejected("special_file", name);
    if (isFolder && (size || packedSize > EMPTY_DEFLATED)) throw rejected("full_folder", name);
    if (method === STORED && size !== packedSize) throw rejected("two_sizes", name);
  }

  function checkHeader(entry, header, raw, extra) {
    if (!same(raw, entry.raw)) throw rejected("own_name", entry.name);
    const flags = u16(header, 6);
    const asSaid = u16(header, 8) === entry.method && !((flags ^ entry.flags) & ~HINTS);
    if (!asSaid || header[4] > facts.limits.newest_version) throw rejected("own_flags", entry.name);
    let [packedSize, size] = [u32(header, 18), u32(header, 22)];
    if (extra.length) {
      const fields = extraFields(extra, entry.name);
      if (fields.has(UNICODE_PATH) && decoded(raw, flags, fields) !== entry.name)
        throw rejected("own_name", entry.name);
      if (fields.has(ZIP64)) [size, packedSize] = widened([size, packedSize], fields.get(ZIP64), entry.name);
    }
    const pairs = [
      [u32(header, 14), entry.checksum],
      [packedSize, entry.packedSize],
      [size, entry.size],
    ];
    if (pairs.some(([own, said]) => own !== said && (own || !(entry.flags & STREAMED)))) {
      throw rejected("own_sizes", entry.name);
    }
  }

  function checkDescriptor(entry, descriptor) {
    const signed = [16, 24].includes(descriptor.length) && startsWith(descriptor, "PK\x07\x08");
    const plain = signed ? descriptor.subarray(4) : descriptor;
    const wide = plain.length === 20;
    const [packedSize, size] = wide ? [u64(plain, 4), u64(plain, 12)] : [u32(plain, 4), u32(plain, 8)];
    const fits = u32(plain, 0) === entry.checksum && packedSize === entry.packedSize && size === entry.size;
    if (!(wide || plain.length === 12) || !fits) throw rejected("descriptor", entry.name);
  }

  // Returns the offset of the entry's packed bytes; `following` is the offset of what comes next in the zip.
  function begin(reader, entry, following) {
    const room = following - entry.offset;
    const likely = Math.min(room, LOCAL + entry.raw.length + LIKELY_EXTRA);
    let start = room >= LOCAL ? reader.read(entry.offset, likely) : new Uint8Array();
    if (!startsWith(start, "PK\x03\x04")) throw rejected("not_there", entry.name);
    const nameEnd = LOCAL + u16(start, 26);
    const length = nameEnd + u16(start, 28);
    if (length > room) throw rejected("overlaps", entry.name);
    if (length > start.length) start = reader.read(entry.offset, length);
    checkHeader(entry, start, start.subarray(LOCAL, nameEnd), start.subarray(nameEnd, length));
    const rest = room - length - entry.packedSize;
    if (rest < 0) throw rejected("overlaps", entry.name);
    const at = entry.offset + length;
    if (entry.flags & STREAMED) checkDescriptor(entry, reader.read(at + entry.packedSize, Math.min(rest, 25)));
    else if (rest) throw rejected("stray_bytes", entry.name, { rest });
    return at;
  }

  // Sets `begin` of each entry, and calls `visit` with it, in the order of the file. Throws Rejected with every fault.
  function findContents(reader, directory, visit) {
    const inOrder = [...directory.entries].sort((one, other) => one.offset - other.offset);
    const edges = [...inOrder.map((entry) => entry.offset), directory.offset];
    const marker = reader.read(0, 4);
    const isPart = startsWith(marker, "PK\x07\x08") || startsWith(marker, "PK00");
    if (edges[0] !== 0 && !(edges[0] === 4 && isPart)) throw rejected("in_front");
    const problems = new Map();
    inOrder.forEach((entry, index) => {
      try {
        checkKind(entry);
        entry.begin = begin(reader, entry, edges[index + 1]);
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        problems.set(entry, error.problems);
      }
      visit(entry, index);
    });
    if (problems.size) throw new Rejected(directory.entries.flatMap((entry) => problems.get(entry) || []));
  }

  Object.assign(globalThis, { findContents, STORED });
})();
