import { InvalidArgumentError } from '@st/core';
import { describe, expect, it } from 'vitest';

import { expectSurvivesMutations } from './expect-survives-mutations.ts';
import { mutateBytes } from './mutate-bytes.ts';

const FILES = [
  Uint8Array.from({ length: 40 }, (_, i) => i),
  new TextEncoder().encode('{"shape": [12, 3], "name": "x"}'),
];

describe('mutateBytes', () => {
  it('gives the same bytes for the same index, different ones for different indices, and does not change the files', () => {
    const before = FILES.map((file) => file.join());
    const seen = new Set<string>();
    for (let index = 0; index < 300; index++) {
      const { bytes, how } = mutateBytes(FILES, 1, index);
      expect(mutateBytes(FILES, 1, index)).toEqual({ bytes, how });
      seen.add(bytes.join());
    }
    expect(seen.size).toBeGreaterThan(280);
    expect(FILES.map((file) => file.join())).toEqual(before);
    expect(mutateBytes([new Uint8Array(0)], 1, 0).bytes.length).toBeLessThan(100);
  });
});

describe('expectSurvivesMutations', () => {
  const reader = (read: (bytes: Uint8Array) => number) => ({
    files: FILES,
    read,
    judge: (sum: number) => expect(sum).toBe(1),
  });

  it('accepts typed errors and valid values', async () => {
    await expectSurvivesMutations(
      reader((bytes) => {
        if (bytes.length > 30) return 1;
        throw new InvalidArgumentError('[@st/x] y: too short.');
      }),
    );
  });

  it('reports other errors and invalid values, and names the file', async () => {
    const throwing = reader((bytes) => {
      if (bytes.length < 30) throw new TypeError('x is undefined');
      return 1;
    });
    await expect(expectSurvivesMutations(throwing)).rejects.toThrow(/mutation \d+ of seed 1 \(/);
    await expect(expectSurvivesMutations(reader((bytes) => (bytes.length < 30 ? 2 : 1)))).rejects.toThrow(
      /mutation \d+ of seed 1 \(.*\): read as expected 2 to be 1/,
    );
  });
});
