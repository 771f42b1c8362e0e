// Inflates the first bytes of a deflate stream as zlib does, and no more: a PNG's header needs a few hundred bits.
(() => {
  "use strict";

  const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163];
  LENGTHS.push(195, 227, 258);
  const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
  const LONGEST = 15; // bits of a code
  const END_OF_BLOCK = 256;

  // Thrown as they are, thousands of times: an Error would note where. ENOUGH: no more input, or output wanted.
  const [ENOUGH, BROKEN] = [Symbol("enough"), Symbol("broken")];

  function check(fine) {
    if (!fine) throw BROKEN;
  }

  class Bits {
    constructor(bytes) {
      Object.assign(this, { bytes, at: 0 }); // at: bits
    }

    one() {
      const byte = this.at >>> 3;
      if (byte >= this.bytes.length) throw ENOUGH;
      return (this.bytes[byte] >>> (this.at++ & 7)) & 1;
    }

    take(count) {
      let value = 0;
      for (let bit = 0; bit < count; bit++) value |= this.one() << bit;
      return value;
    }
  }

  // A prefix code by the lengths of its symbols. `spare`: a code of one symbol, or none, may be incomplete.
  class Code {
    constructor(lengths, spare) {
      this.counts = new Uint16Array(LONGEST + 1);
      for (const length of lengths) this.counts[length]++;
      this.counts[0] = 0;
      let left = 1,
        longest = 0;
      for (let length = 1; length <= LONGEST; length++) {
        left = 2 * left - this.counts[length];
        check(left >= 0);
        if (this.counts[length]) longest = length;
      }
      check(!left || !longest || (spare && longest === 1));
      this.longest = Math.max(longest, 1);
      this.symbols = [];
      for (let length = 1; length <= LONGEST; length++) {
        lengths.forEach((one, symbol) => one === length && this.symbols.push(symbol));
      }
    }

    read(bits) {
      let code = 0,
        first = 0,
        index = 0;
      for (let length = 1; length <= this.longest; length++) {
        code |= bits.one();
        const count = this.counts[length];
        if (code - first < count) return this.symbols[index + code - first];
        index += count;
        first = (first + count) << 1;
        code <<= 1;
      }
      throw BROKEN;
    }
  }

  let fixedCodes = null;
  const fixed = () => {
    if (fixedCodes) return fixedCodes;
    const lengths = Array.from({ length: 288 }, (_, symbol) =>
      symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
    );
    fixedCodes = [new Code(lengths), new Code(Array(32).fill(5))];
    return fixedCodes;
  };

  function dynamic(bits) {
    const [literals, distances, used] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
    check(literals <= 286 && distances <= 30);
    const first = Array(19).fill(0);
    for (let index = 0; index < used; index++) first[ORDER[index]] = bits.take(3);
    const code = new Code(first, false);
    const lengths = [];
    while (lengths.length < literals + distances) {
      const symbol = code.read(bits);
      if (symbol < 16) {
        lengths.push(symbol);
        continue;
      }
      check(symbol !== 16 || lengths.length);
      const again = symbol === 16 ? lengths.at(-1) : 0;
      const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
      check(lengths.length + times <= literals + distances);
      for (let time = 0; time < times; time++) lengths.push(again);
    }
    check(lengths[END_OF_BLOCK]);
    return [new Code(lengths.slice(0, literals), true), new Code(lengths.slice(literals), true)];
  }

  function put(out, limit, byte) {
    if (out.length === limit) throw ENOUGH;
    out.push(byte);
  }

  function stored(bits, out, limit) {
    bits.at = (bits.at + 7) & ~7;
    const [length, complement] = [bits.take(16), bits.take(16)];
    check((length ^ complement) === 0xffff);
    for (let index = 0; index < length; index++) {
      if (out.length === limit) throw ENOUGH;
      put(out, limit, bits.take(8));
    }
  }

  function compressed(bits, [literals, distances], out, limit) {
    for (;;) {
      const symbol = literals.read(bits);
      if (symbol === END_OF_BLOCK) return;
      if (symbol < END_OF_BLOCK) {
        put(out, limit, symbol);
        continue;
      }
      check(symbol - 257 < LENGTHS.length);
      const length = LENGTHS[symbol - 257] + bits.take(LENGTH_BITS[symbol - 257]);
      const far = distances.read(bits);
      check(far < 30);
      const extra = far < 4 ? 0 : (far >> 1) - 1;
      const distance = far < 4 ? far + 1 : 1 + ((2 + (far & 1)) << extra) + bits.take(extra);
      if (out.length === limit) throw ENOUGH;
      check(distance <= out.length);
      for (let index = 0; index < length; index++) put(out, limit, out[out.length - distance]);
    }
  }

  // Returns at most `limit` bytes, fewer where the stream or the input ends; null where it is broken before that.
  function inflateStart(packed, limit) {
    const bits = new Bits(packed);
    const out = [];
    try {
      for (let last = 0; !last; ) {
        last = bits.one();
        const kind = bits.take(2);
        check(kind < 3);
        if (kind === 0) stored(bits, out, limit);
        else compressed(bits, kind === 1 ? fixed() : dynamic(bits), out, limit);
      }
    } catch (end) {
      if (end === BROKEN) return null;
      if (end !== ENOUGH) throw end;
    }
    return Uint8Array.from(out);
  }

  Object.assign(globalThis, { inflateStart });
})();
