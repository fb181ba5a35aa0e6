// SHA-1 of a text in UTF-8, as lower-case hexadecimal. A mini program has no crypto of its own, and request signatures
// are SHA-1 by contract; nothing else here uses it.

function utf8(text) {
  const bytes = [];
  const encoded = encodeURIComponent(text);
  for (let i = 0; i < encoded.length; i += 1) {
    if (encoded[i] === "%") {
      bytes.push(parseInt(encoded.slice(i + 1, i + 3), 16));
      i += 2;
    } else {
      bytes.push(encoded.charCodeAt(i));
    }
  }
  return bytes;
}

function padded(bytes) {
  const length = bytes.length;
  const result = bytes.concat([0x80]);
  while (result.length % 64 !== 56) result.push(0);
  const high = Math.floor(length / 0x20000000);
  const low = (length << 3) >>> 0;
  for (const word of [high, low]) {
    result.push((word >>> 24) & 255, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
  }
  return result;
}

function rotate(value, count) {
  return (value << count) | (value >>> (32 - count));
}

function round(step, b, c, d) {
  if (step < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (step < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (step < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}

function sha1(text) {
  const bytes = padded(utf8(text));
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let offset = 0; offset < bytes.length; offset += 64) {
    const words = [];
    for (let i = 0; i < 16; i += 1) {
      const at = offset + 4 * i;
      words.push((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]);
    }
    for (let i = 16; i < 80; i += 1) {
      words.push(rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1));
    }
    let [a, b, c, d, e] = state;
    for (let i = 0; i < 80; i += 1) {
      const [mixed, constant] = round(i, b, c, d);
      const next = (rotate(a, 5) + mixed + e + constant + words[i]) | 0;
      [a, b, c, d, e] = [next, a, rotate(b, 30), c, d];
    }
    [a, b, c, d, e].forEach((value, i) => {
      state[i] = (state[i] + value) | 0;
    });
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

module.exports = { sha1 };
