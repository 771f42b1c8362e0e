// Validates an archive's names and PNG headers by the manifest, as the server will (evaluator/inspection.py).
(() => {
  "use strict";

  const NEEDED = 256; // bytes of an entry beside its name and the start of its data

  const [COLOUR_TYPE_AT, PALETTE, PALETTE_REACH] = [25, 3, 2048]; // bytes in which a palette is, as programs write it

  // The first bytes of an entry's contents, or the problem of reading them.
  function startOf(reader, entry) {
    const packed = reader.read(entry.begin, Math.min(entry.packedSize, facts.limits.start_read));
    const first = (length) => (entry.method === STORED ? packed.slice(0, length) : inflateStart(packed, length));
    const start = first(HEADER_LENGTH);
    if (!start) return { problem: "data_broken" };
    if (start.length < Math.min(HEADER_LENGTH, entry.size)) return { problem: "data_cut_off" };
    return { start, isWeb: start[COLOUR_TYPE_AT] === PALETTE && hasWebPalette(first(PALETTE_REACH) || start) };
  }

  function checkTotal(entries, packed, manifest, largest) {
    const { small_total: small, most_ratio: ratio } = facts.limits;
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    const unpacked = manifest.images.reduce((sum, image) => sum + largest(image), 0);
    const most = Math.max(unpacked, ratio * packed, small);
    if (size > most) throw rejected("unpacks_too_large", "", { size: exact(size), most });
  }

  function headerOf(member, image, manifest, largest) {
    const [size, most] = [Math.max(member.size, member.packedSize), largest(image)];
    if (size > most) throw rejected("member_too_large", member.name, { size, most });
    const { start, problem: broken } = member.head;
    if (broken) throw rejected(broken, member.name);
    const header = readHeader(start, member.name);
    checkKind(header, facts.pixel_formats[manifest.pixel_format], member.name);
    if (manifest.resizes) checkBounds(header, manifest, member.name);
    checkSize(header, image, member.name, manifest.resizes);
    return header;
  }

  function checkHeaders(known, manifest, largest) {
    const problems = [];
    let pixels = 0;
    for (const image of manifest.images.filter(({ id }) => known.has(id))) {
      try {
        pixels += headerOf(known.get(image.id), image, manifest, largest).pixels;
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        problems.push(...error.problems);
      }
    }
    return { problems, pixels };
  }

  function checkPixels(pixels, manifest) {
    const own = manifest.images.reduce((sum, { width, height }) => sum + width * height, 0);
    const most = manifest.max_pixels + facts.limits.most_pixel_ratio * own;
    if (pixels > most) throw rejected("maps_too_large", "", { pixels: exact(pixels), most });
  }

  // Returns warnings. Throws Rejected with every problem, Unknown where only the server can judge.
  function inspect(file, manifest, loadOthers, progress) {
    if (!facts.pixel_formats[manifest.pixel_format]) throw new Unknown("another kind of map");
    const { entries_per_image: perImage, further_entries: further, start_read: ahead } = facts.limits;
    const largest = (image) => largestFile(manifest.resizes ? manifest.max_pixels : image.width * image.height);
    const reader = new Reader(file);
    const directory = readDirectory(reader, perImage * manifest.images.length + further);
    const { entries } = directory;
    checkTotal(entries, file.size, manifest, largest);
    reader.expect(file.size / entries.length, ahead + NEEDED);
    for (const entry of entries) entry.parts = entry.name.replaceAll("\\", "/").split("/");
    findContents(reader, directory, (entry, index) => {
      if (entry.begin !== undefined && isPng(entry)) entry.head = startOf(reader, entry);
      progress(index + 1, entries.length);
    });
    const { known, problems, warnings } = matchFiles(entries, manifest.images, loadOthers);
    const headers = checkHeaders(known, manifest, largest);
    problems.push(...headers.problems);
    if (problems.length) throw new Rejected(problems);
    checkPixels(headers.pixels, manifest);
    const unlabelled = manifest.images.map(({ id }) => known.get(id)).filter((member) => member.head.isWeb);
    if (unlabelled.length) throw new Rejected(unlabelled.map((member) => problem("web_palette", member.name)));
    return warnings;
  }

  Object.assign(globalThis, { inspect });
})();
