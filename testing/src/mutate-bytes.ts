import { createRng, type Rng } from '@st/core';

/** A mutated file, and a description of the mutation. */
export type Mutation = { readonly bytes: Uint8Array; readonly how: string };

type Mutate = (bytes: Uint8Array, rng: Rng, other: Uint8Array) => Mutation;

const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const anywhere = (bytes: Uint8Array, rng: Rng): number => rng.integer(Math.max(1, bytes.length));

/** Two positions, in order. */
function range(bytes: Uint8Array, rng: Rng): readonly [number, number] {
  const [a, b] = [anywhere(bytes, rng), anywhere(bytes, rng)];
  return [Math.min(a, b), Math.max(a, b)];
}

/** Values to write over lengths, offsets and counts. */
const NUMBERS: readonly number[] = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
];

const MUTATIONS: Readonly<Record<string, Mutate>> = {
  bits: (bytes, rng) => {
    const result = Uint8Array.from(bytes);
    const places = Array.from({ length: 1 + rng.integer(4) }, () => anywhere(bytes, rng));
    for (const at of places) result[at] = (result[at] ?? 0) ^ (1 << rng.integer(8));
    return { bytes: result, how: `bits at ${places.join(', ')}` };
  },
  values: (bytes, rng) => {
    const result = Uint8Array.from(bytes);
    const places = Array.from({ length: 1 + rng.integer(4) }, () => anywhere(bytes, rng));
    for (const at of places) result[at] = rng.integer(256);
    return { bytes: result, how: `bytes at ${places.join(', ')}` };
  },
  truncated: (bytes, rng) => {
    const length = anywhere(bytes, rng);
    return { bytes: bytes.slice(0, length), how: `cut to ${length}` };
  },
  removed: (bytes, rng) => {
    const [start, end] = range(bytes, rng);
    return { bytes: concat(bytes.subarray(0, start), bytes.subarray(end)), how: `without ${start} .. ${end}` };
  },
  duplicated: (bytes, rng) => {
    const [start, end] = range(bytes, rng);
    return { bytes: concat(bytes.subarray(0, end), bytes.subarray(start)), how: `${start} .. ${end} twice` };
  },
  moved: (bytes, rng) => {
    const [start, end] = range(bytes, rng);
    const rest = concat(bytes.subarray(0, start), bytes.subarray(end));
    const to = anywhere(rest, rng);
    return {
      bytes: concat(rest.subarray(0, to), bytes.subarray(start, end), rest.subarray(to)),
      how: `${start} .. ${end} moved to ${to}`,
    };
  },
  spliced: (bytes, rng, other) => {
    const [start, from] = [anywhere(bytes, rng), anywhere(other, rng)];
    return {
      bytes: concat(bytes.subarray(0, start), other.subarray(from)),
      how: `${start} of it, another from ${from}`,
    };
  },
  number: (bytes, rng) => {
    const result = Uint8Array.from(bytes);
    const width = [1, 2, 4, 8][rng.integer(4)] ?? 1;
    const at = rng.integer(Math.max(1, bytes.length - width + 1));
    const near = bytes.length + rng.integer(17) - 8;
    const value = rng.integer(4) === 0 ? near : (NUMBERS[rng.integer(NUMBERS.length)] ?? 0);
    const little = rng.integer(2) === 0;
    const wide = width === 8 && rng.integer(2) === 0 ? BigInt(value) << 32n : BigInt(value);
    for (let k = 0; k < width && at + k < result.length; k++) {
      result[at + (little ? k : width - 1 - k)] = Number((wide >> BigInt(8 * k)) & 0xffn);
    }
    return { bytes: result, how: `${width} bytes at ${at} say ${value}` };
  },
  text: (bytes, rng) => {
    // replaces a decimal digit of a text header by a number that is too large, too long or invalid
    const digits = [...bytes.keys()].filter((i) => (bytes[i] ?? 0) >= 0x30 && (bytes[i] ?? 0) <= 0x39);
    const at = digits[rng.integer(Math.max(1, digits.length))] ?? 0;
    const said =
      ['-1', '1e308', '99999999999999999999', '4294967297', 'null', '""', '[[[[', '0.5'][rng.integer(8)] ?? '';
    return {
      bytes: concat(bytes.subarray(0, at), new TextEncoder().encode(said), bytes.subarray(at + 1)),
      how: `'${said}' for the digit at ${at}`,
    };
  },
  filled: (bytes, rng) => {
    const [start, end] = range(bytes, rng);
    const value = [0, 0xff, 0x5b][rng.integer(3)] ?? 0;
    return { bytes: Uint8Array.from(bytes).fill(value, start, end), how: `${start} .. ${end} all ${value}` };
  },
};
const KINDS = Object.entries(MUTATIONS);

/**
 * A valid file with one to three mutations: flipped bits, other bytes, truncation, parts removed, repeated or moved, a splice with another valid file, false
 * numbers, false digits in text, runs of one byte. The same `files`, `seed` and `index` give the same bytes.
 */
export function mutateBytes(files: readonly Uint8Array[], seed: number, index: number): Mutation {
  const rng = createRng(seed).split(`mutation ${index}`);
  const pick = (): Uint8Array => files[rng.integer(files.length)] ?? new Uint8Array(0);
  let bytes = pick();
  const steps: string[] = [];
  for (let left = 1 + rng.integer(3); left > 0; left--) {
    const [, mutate] = KINDS[rng.integer(KINDS.length)] ?? [];
    const mutation = mutate?.(bytes, rng, pick());
    if (!mutation) continue;
    bytes = mutation.bytes;
    steps.push(mutation.how);
  }
  return { bytes, how: steps.join('; ') };
}
