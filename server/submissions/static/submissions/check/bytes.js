// Reads a file in a worker, and numbers and texts from bytes.
(() => {
  "use strict";

  const NEAR = 2 ** 19; // bytes of an entry: one read costs as much as some such entries
  const WINDOW = 2 ** 22;

  const CRCS = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });

  class Reader {
    constructor(file) {
      Object.assign(this, { file, size: file.size, ahead: WINDOW, at: 0, window: new Uint8Array() });
    }

    // Returns the bytes from an offset on, fewer where the file ends.
    read(offset, length) {
      const end = Math.min(offset + length, this.size);
      if (offset < this.at || end > this.at + this.window.length) {
        const wanted = this.file.slice(offset, Math.max(end, offset + this.ahead));
        this.window = new Uint8Array(new FileReaderSync().readAsArrayBuffer(wanted));
        this.at = offset;
      }
      return this.window.subarray(offset - this.at, Math.max(offset, end) - this.at);
    }

    // Entries of this many bytes follow one another.
    expect(bytesPerEntry, needed) {
      this.ahead = bytesPerEntry < NEAR ? WINDOW : needed;
    }
  }

  // Little-endian, from a Uint8Array.
  const u16 = (bytes, at) => bytes[at] | (bytes[at + 1] << 8);
  const u32 = (bytes, at) => (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
  const u64 = (bytes, at) => u32(bytes, at) + u32(bytes, at + 4) * 2 ** 32; // not exact above 2 ** 53

  function exact(number) {
    if (!Number.isSafeInteger(number)) throw new Unknown("a number above 2 ** 53");
    return number;
  }

  const latin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

  function crc32(bytes) {
    let crc = ~0;
    for (const byte of bytes) crc = CRCS[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    return ~crc >>> 0;
  }

  function startsWith(bytes, text, at = 0) {
    for (let index = 0; index < text.length; index++) {
      if (bytes[at + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  const same = (one, other) => one.length === other.length && one.every((byte, index) => byte === other[index]);

  Object.assign(globalThis, { Reader, u16, u32, u64, exact, latin1, crc32, startsWith, same });
})();
