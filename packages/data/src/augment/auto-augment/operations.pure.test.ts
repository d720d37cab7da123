import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@st/core';
import { describe, expect, it } from 'vitest';

import type { ByteImage } from './byte-image.ts';
import { OPERATIONS, type OperationName } from './operations.ts';

const FIXTURE = fileURLToPath(new URL('../../../fixtures/auto-augment.safetensors', import.meta.url));
const { tensors } = readSafetensors(readFileSync(FIXTURE), FIXTURE);

function imageNamed(name: string): ByteImage {
  const { data, shape } = tensors.get(name) ?? { data: null, shape: [] };
  const [height = 0, width = 0, channels = 0] = shape;
  if (data instanceof Uint8Array) return { pixels: data, shape: [height, width, channels] };
  throw new Error(`the fixture holds no image ${name}`);
}

const black = [0, 0, 0];

describe.each(Object.keys(OPERATIONS) as OperationName[])('%s', (name) => {
  const cases = [...tensors.keys()].filter((key) => key.startsWith(`${name}/`));

  it('gives the bytes of Pillow at every level and both signs', () => {
    expect(cases.length).toBeGreaterThan(3);
    for (const key of cases) {
      const [, level, sign, index] = key.split('/');
      const image = imageNamed(`image/${index}`);
      const fill = black.slice(0, image.shape[2]);
      const { pixels } = OPERATIONS[name](image, Number(level), sign === '1' ? 1 : -1, fill);
      expect(Buffer.compare(pixels, imageNamed(key).pixels), key).toBe(0);
    }
  });
});
