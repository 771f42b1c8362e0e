// Reads a PNG's header and checks kind and size (evaluator/png/header.py).
(() => {
  "use strict";

  const SIGNATURE = "\x89PNG\r\n\x1a\n";
  const HEADER_LENGTH = 33; // signature and IHDR chunk
  const big = (bytes, at) => ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

  function imageKind(start) {
    if (startsWith(start, "RIFF") && startsWith(start, "WEBP", 8)) return facts.kinds.webp;
    return facts.images.find(([magic]) => startsWith(start, magic))?.[1] || phrase("no_known_kind", {});
  }

  function readHeader(start, file) {
    if (!startsWith(start, SIGNATURE)) {
      throw start.length ? rejected("no_png_file", file, { kind: imageKind(start) }) : rejected("empty_file", file);
    }
    if (start.length < HEADER_LENGTH || !startsWith(start, "\0\0\0\rIHDR", 8)) throw rejected("no_header", file);
    if (crc32(start.subarray(12, 29)) !== big(start, 29)) throw rejected("damaged_header", file);
    const [width, height] = [big(start, 16), big(start, 20)];
    const [depth, colourType, method, filters, interlace] = start.subarray(24, 29);
    if (!width || !height || !(colourType in facts.colours) || method || filters || interlace > 1) {
      throw rejected("impossible_header", file);
    }
    return { width, height, depth, colourType, pixels: width * height };
  }

  function checkKind({ depth, colourType }, { kinds, expected, fix }, file) {
    if (kinds.some(([type, bits]) => type === colourType && bits === depth)) return;
    throw rejected("other_mode", file, { colours: facts.colours[colourType], depth, expected, fix });
  }

  function checkBounds({ width, height, pixels }, manifest, file) {
    if (Math.max(width, height) <= manifest.max_side && pixels <= manifest.max_pixels) return;
    const most = { most: manifest.max_pixels, most_a_side: manifest.max_side };
    throw rejected("map_too_large", file, { width, height, ...most });
  }

  function checkSize({ width, height }, image, file, resizes) {
    const swapped = width === image.height && height === image.width;
    if ((width === image.width && height === image.height) || (resizes && !swapped)) return;
    const own = { own_width: image.width, own_height: image.height };
    throw rejected(swapped ? "swapped" : "other_size", file, { width, height, ...own });
  }

  // Returns the palette of a PNG, empty where the start of its file does not hold all of it.
  function paletteIn(start) {
    for (let at = 8; at + 8 <= start.length && !startsWith(start, "IDAT", at + 4); ) {
      const end = at + 8 + big(start, at);
      const isWhole = end + 4 <= start.length && crc32(start.subarray(at + 4, end)) === big(start, end);
      if (startsWith(start, "PLTE", at + 4)) return isWhole ? start.subarray(at + 8, end) : new Uint8Array();
      at = end + 4;
    }
    return new Uint8Array();
  }

  const hasWebPalette = (start) => startsWith(paletteIn(start), facts.web_palette.colours, facts.web_palette.at);
  const largestFile = (pixels) => facts.limits.file_bytes_per_pixel * pixels + facts.limits.further_file_bytes;

  Object.assign(globalThis, {
    HEADER_LENGTH,
    readHeader,
    checkKind,
    checkBounds,
    checkSize,
    hasWebPalette,
    largestFile,
  });
})();
