import { createRng } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { l2 } from '../ball/threat.ts';
import { LinearBatch, SHAPE, THREAT } from '../fixtures/linear-batch.fixture.ts';
import { type NFgsmSearchOptions, nFgsmSearch } from './n-fgsm-search.ts';

let linear: LinearBatch;
beforeAll(() => {
  linear = new LinearBatch();
});
afterAll(() => linear.dispose());

describe('nFgsmSearch', () => {
  it('takes one step of epsilon from noise twice as large, and leaves the ball', () => {
    const start = createRng(6).uniform<tf.Rank.R4>(SHAPE, -0.2, 0.2);
    const { found, passes: forwarded } = linear.run(nFgsmSearch({ threat: THREAT, start }));
    expectClose([...found], [...linear.oneStep(start, 0.1)]);
    const furthest = Math.max(...linear.distances(found));
    expect(furthest).toBeGreaterThan(0.2);
    expect(furthest).toBeLessThanOrEqual(0.3 + 1e-6);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...found)).toBeLessThanOrEqual(1);
    expect(forwarded.map(({ mode }) => mode)).toEqual(['batch-tracking']);
    start.dispose();
  });

  it.each([
    [undefined, 0.2],
    [0.5, 0.05],
  ])('with noise %s draws from U(-%d, %d)', (noise, radius) => {
    const search = nFgsmSearch({ threat: THREAT, ...(noise === undefined ? {} : { noise }) });
    const moved = linear.distances(linear.run(search).passes[0]?.images);
    expect(Math.max(...moved)).toBeLessThanOrEqual(radius + 1e-6);
    expect(Math.max(...moved)).toBeGreaterThan(0.8 * radius);
  });

  it('leaks no tensor besides its result', () => {
    expect(
      countTensors(() => tf.dispose(nFgsmSearch({ threat: THREAT })(linear.classifier, linear, createRng(1)))),
    ).toBe(0);
  });

  it('rejects other norms, noise outside (0, 1 / epsilon], and unknown options', () => {
    const build = (changes: object) => () => nFgsmSearch({ threat: THREAT, ...changes } as NFgsmSearchOptions);
    expect(build({ threat: l2(0.5) })).toThrow('[@st/attacks] nFgsmSearch: threat must be an l-infinity ball');
    expect(build({ noise: 0 })).toThrow(
      '[@st/attacks] nFgsmSearch: noise must be a finite number in (0, 10], got 0. It counts in radii',
    );
    expect(build({ noise: 16 })).toThrow('got 16.');
    expect(build({ noize: 2 })).toThrow("unknown option 'noize'");
  });
});
