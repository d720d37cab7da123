import { StError } from '@st/core';
import { strFromU8, unzipSync, type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';

import { mapKeys } from '../pretrained/key-map.ts';
import { recognizeArchitecture } from '../pretrained/recognize-architecture.ts';
import { findStateDict } from './find-state-dict.ts';
import { readPytorch } from './read-pytorch.ts';
import { fixture } from './test-files.fixture.ts';

/** Changes a file, by seeded random numbers. */
type Mutation = (bytes: Uint8Array, random: (below: number) => number) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => withByte(bytes, random(bytes.length), random(256)),
  (bytes, random) => withByte(bytes, random(bytes.length), (bytes[random(bytes.length)] ?? 0) ^ (1 << random(8))),
  (bytes, random) => bytes.slice(0, random(bytes.length)),
  (bytes, random) => withoutPart(bytes, random(bytes.length), 1 + random(40)),
  (bytes, random) =>
    withPart(
      bytes,
      random(bytes.length),
      Uint8Array.from({ length: 1 + random(20) }, () => random(256)),
    ),
  // duplicate a part of the file, or overwrite another part with it: opcodes and names stay intact, but at wrong places
  (bytes, random) => withPart(bytes, random(bytes.length), part(bytes, random)),
  (bytes, random) => over(bytes, random(bytes.length), part(bytes, random)),
  (bytes, random) =>
    over(
      bytes,
      random(bytes.length),
      Uint8Array.from({ length: 8 }, () => (random(2) ? 0xff : 0)),
    ),
];

const PER_FILE = 3000;
const SECONDS_A_FILE = 5;

describe('each of thousands of mutated files is read or rejected with an StError:', () => {
  it.each([
    ['kinds-zip.pt', (bytes: Uint8Array) => bytes],
    ['kinds-protocol4.pt', (bytes: Uint8Array) => bytes],
    ['kinds-legacy.pt', (bytes: Uint8Array) => bytes],
    // the checksums of a zip file would reject changes before the unpickler: here the pickle is changed, then zipped
    ['kinds-zip.pt', repacked],
    ['kinds-protocol4.pt', repacked],
  ] as const)('%s %#', (file, pack) => {
    const whole = pack === repacked ? pickleOf(fixture(file)) : fixture(file);
    const random = randomBelow(file.length);
    const outcomes = { read: 0, refused: 0 };
    let slowest = 0;
    for (let i = 0; i < PER_FILE; i++) {
      let bytes = whole;
      for (let changes = 1 + random(3); changes > 0; changes--) {
        bytes = (MUTATIONS[random(MUTATIONS.length)] ?? MUTATIONS[0])?.(bytes, random) ?? bytes;
      }
      const start = performance.now();
      outcomes[attempt(pack(bytes, file))]++;
      slowest = Math.max(slowest, performance.now() - start);
    }
    expect(outcomes.read).toBeGreaterThan(10); // otherwise only the first check would be tested
    expect(outcomes.refused).toBeGreaterThan(PER_FILE / 4);
    expect(slowest).toBeLessThan(1000 * SECONDS_A_FILE);
  });
});

/** Reads a whole file and tries to recognize a network in it. */
function attempt(bytes: Uint8Array): 'read' | 'refused' {
  try {
    const { tensors } = findStateDict('test', readPytorch(bytes, { maxBytes: 2 ** 24 }).value);
    try {
      recognizeArchitecture('test', mapKeys('test', tensors).network);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ST_CHECKPOINT' }); // no network has these names
    }
    return 'read';
  } catch (error) {
    if (error instanceof StError && /^ST_(DATA_FORMAT|CHECKPOINT)$/.test(error.code)) return 'refused';
    throw error;
  }
}

function repacked(data: Uint8Array, file: string): Uint8Array {
  const entries: Zippable = {};
  for (const [name, bytes] of Object.entries(unzipSync(fixture(file)))) {
    entries[name] = [name.endsWith('data.pkl') ? data : bytes, { level: 0 }];
  }
  return zipSync(entries);
}

function pickleOf(bytes: Uint8Array): Uint8Array {
  const [, data] = Object.entries(unzipSync(bytes)).find(([name]) => name.endsWith('data.pkl')) ?? [];
  if (!data) throw new Error(`no pickle in ${strFromU8(bytes.subarray(0, 4))}`);
  return data;
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice();
  changed[at] = value;
  return changed;
}

const withoutPart = (bytes: Uint8Array, at: number, length: number): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);

const withPart = (bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, at), ...more, ...bytes.subarray(at)]);

function over(bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  changed.set(more.subarray(0, changed.length - at), at);
  return changed;
}

function part(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const start = random(bytes.length);
  return bytes.slice(start, start + 1 + random(60));
}

/** Linear congruential generator of Numerical Recipes: good enough to choose positions, and the same on all platforms. */
function randomBelow(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
