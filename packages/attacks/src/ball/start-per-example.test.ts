import { createRng } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { RANDOM_STARTS } from './random-start.ts';
import { startPerExample } from './start-per-example.ts';
import { l1, l2, linf } from './threat.ts';

const streams = (...names: string[]) => names.map((name) => createRng(4).split(name));
const images = (rows: number): tf.Tensor4D => tf.fill([rows, 2, 3, 1], 0.98);

describe('startPerExample', () => {
  it.each([linf(0.3), l2(0.3), l1(0.3)])('draws the same start for an example in every batch, in $norm', (threat) => {
    tf.tidy(() => {
      for (const start of RANDOM_STARTS) {
        const three = startPerExample(start, threat, images(3), streams('a', 'b', 'c'));
        const alone = startPerExample(start, threat, images(1), streams('b'));
        expect([...tf.slice(three, 1, 1).dataSync()]).toEqual([...alone.dataSync()]);
        expect(three.dataSync()).not.toEqual(tf.tile(alone, [3, 1, 1, 1]).dataSync());
      }
    });
  });

  it('stays in [0, 1], and returns the images for a natural start', () => {
    tf.tidy(() => {
      const drawn = startPerExample('uniform', linf(0.3), images(2), streams('a', 'b')).dataSync();
      expect(Math.max(...drawn)).toBe(1);
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0.98 - 0.3);
      expectClose(startPerExample('natural', linf(0.3), images(2), []), images(2));
    });
  });

  it('rejects another number of streams than examples', () => {
    tf.tidy(() => {
      expect(() => startPerExample('uniform', linf(0.3), images(2), streams('a'))).toThrow(
        '[@st/attacks] startPerExample: rngs.length must be',
      );
    });
  });

  it('leaks no tensor besides its result', () => {
    const natural = images(2);
    const count = countTensors(() => startPerExample('uniform', l2(0.3), natural, streams('a', 'b')).dispose());
    expect(count).toBe(0);
    natural.dispose();
  });
});
