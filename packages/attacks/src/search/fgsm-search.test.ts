import { createRng } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { linf } from '../ball/threat.ts';
import { convolutionalModel } from '../fixtures/convolutional-model.fixture.ts';
import { fgsmSearch } from './fgsm-search.ts';
import { pgdSearch } from './pgd-search.ts';

const model = convolutionalModel();
const { classifier, images, labels, lossAt } = model;
afterAll(model.dispose);

describe('fgsmSearch', () => {
  it('takes one step of length epsilon from the images', () => {
    tf.tidy(() => {
      const { adversarial } = fgsmSearch({ threat: linf(0.02) })(classifier, { images, labels }, createRng(1));
      const { adversarial: same } = pgdSearch({ threat: linf(0.02), steps: 1, stepSize: 0.02, start: 'natural' })(
        classifier,
        { images, labels },
        createRng(2),
      );
      expect([...adversarial.dataSync()]).toEqual([...same.dataSync()]);
      expect(lossAt(adversarial)).toBeGreaterThan(lossAt(images));
    });
  });

  it('rejects a step size', () => {
    expect(() => fgsmSearch({ threat: linf(0.02), ...{ stepSize: 0.01 } })).toThrow(
      "[@st/attacks] fgsmSearch: unknown option 'stepSize'",
    );
  });
});
