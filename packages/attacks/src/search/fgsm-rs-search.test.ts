import { createRng, type ThreatModel } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { l2 } from '../ball/threat.ts';
import { LinearBatch, SHAPE, THREAT } from '../fixtures/linear-batch.fixture.ts';
import { type FgsmRsSearchOptions, fgsmRsSearch } from './fgsm-rs-search.ts';

let linear: LinearBatch;
beforeAll(() => {
  linear = new LinearBatch();
});
afterAll(() => linear.dispose());

/** The points, clipped to within epsilon of the images. */
function withinBall(points: Float32Array): number[] {
  const center = linear.images.dataSync();
  return [...points].map((pixel, i) => {
    const middle = center[i] ?? 0;
    return Math.min(Math.max(pixel, middle - THREAT.epsilon), middle + THREAT.epsilon);
  });
}

describe('fgsmRsSearch', () => {
  it('takes one step of 1.25 epsilon from a start clipped to [0, 1], and ends in the ball', () => {
    const start = createRng(5).uniform<tf.Rank.R4>(SHAPE, -0.1, 0.1);
    const { found, passes: forwarded } = linear.run(fgsmRsSearch({ threat: THREAT, start }));
    expectClose([...found], withinBall(linear.oneStep(start, 0.125)));
    expect(forwarded.map(({ mode }) => mode)).toEqual(['batch-tracking']);
    start.dispose();
  });

  it('starts at a random point of the ball, the same for the same seed', () => {
    const { passes: forwarded } = linear.run(fgsmRsSearch({ threat: THREAT }));
    const moved = linear.distances(forwarded[0]?.images);
    expect(Math.max(...moved)).toBeLessThanOrEqual(0.1 + 1e-6);
    expect(Math.max(...moved)).toBeGreaterThan(0.08);
    expect(linear.run(fgsmRsSearch({ threat: THREAT })).found).toEqual(
      linear.run(fgsmRsSearch({ threat: THREAT })).found,
    );
    expect(linear.run(fgsmRsSearch({ threat: THREAT }), 4).found).not.toEqual(
      linear.run(fgsmRsSearch({ threat: THREAT })).found,
    );
  });

  it('uses the step size and mode given', () => {
    const start = tf.zeros<tf.Rank.R4>(SHAPE);
    const { found, passes: forwarded } = linear.run(
      fgsmRsSearch({ threat: THREAT, start, stepSize: 0.05, mode: 'inference' }),
    );
    expectClose([...found], [...linear.oneStep(start, 0.05)]);
    expect(forwarded[0]?.mode).toBe('inference');
    start.dispose();
  });

  it('leaks no tensor besides its result', () => {
    expect(
      countTensors(() => tf.dispose(fgsmRsSearch({ threat: THREAT })(linear.classifier, linear, createRng(1)))),
    ).toBe(0);
  });

  it('rejects other norms, steps and radii above 1, and unknown modes', () => {
    const build = (changes: object) => () => fgsmRsSearch({ threat: THREAT, ...changes } as FgsmRsSearchOptions);
    expect(build({ threat: l2(0.5) })).toThrow(
      '[@st/attacks] fgsmRsSearch: threat must be an l-infinity ball, which the method is made for, got l2. Use pgd for other norms.',
    );
    expect(build({ stepSize: 10 })).toThrow(
      '[@st/attacks] fgsmRsSearch: stepSize must be a finite number in (0, 1], got 10. For 10 grey levels pass 10 / 255.',
    );
    expect(build({ mode: 'train' })).toThrow("mode must be one of 'inference'");
    expect(build({ threat: { ...THREAT, epsilon: 8 } as ThreatModel })).toThrow('for 8 grey levels pass 8 / 255.');
  });
});
