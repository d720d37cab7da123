import { autoAttack, linf, pgdAttack } from '@st/attacks';
import { asClassifier, type Classifier } from '@st/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { evaluateRobustness } from './evaluate-robustness.ts';
import { quadrantImages, trainedNetwork } from './trained-network.fixture.ts';

const threat = linf(0.06);
const dataset = quadrantImages(40, 2);

let model: LayersModel;
let classifier: Classifier;
beforeAll(async () => {
  model = await trainedNetwork();
  classifier = asClassifier(model);
});
afterAll(() => model.dispose());

/** Six times as many gradients as APGD: 150 short steps from each of 4 starts. */
const longer = (ascend: 'cross-entropy' | 'margin') =>
  pgdAttack({ threat, steps: 150, stepSize: threat.epsilon / 20, restarts: 4, ascend });

describe('autoAttack on a trained network', () => {
  it('breaks every example that much longer attacks break', async () => {
    const { attacks } = autoAttack({ threat, classes: 4, queries: 200 });
    const alone = await evaluateRobustness({ classifier, dataset, attacks, seed: 1 });
    expect(alone.robust.correct).toBeGreaterThan(5);
    expect(alone.robust.correct).toBeLessThan(alone.natural.correct - 5);
    const after = await evaluateRobustness({
      classifier,
      dataset,
      attacks: [...attacks, longer('cross-entropy'), longer('margin')],
      seed: 1,
    });
    expect(after.robust.correct).toBe(alone.robust.correct);
    expect(alone.flags.map(({ code }) => code)).toEqual([]);
  });
});
