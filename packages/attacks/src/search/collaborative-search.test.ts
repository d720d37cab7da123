import { createRng } from '@st/core';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { linf } from '../ball/threat.ts';
import { convolutionalModel } from '../fixtures/convolutional-model.fixture.ts';
import { collaborativeSearch } from './collaborative-search.ts';

const model = convolutionalModel();
const { classifier, images, labels, lossAt } = model;
const base = { threat: linf(8 / 255), steps: 3, stepSize: 2 / 255 };
afterAll(model.dispose);

describe('collaborativeSearch', () => {
  it('lowers the loss within the ball, and leaks no tensor besides its result', () => {
    tf.tidy(() => {
      const { collaborative } = collaborativeSearch(base)(classifier, { images, labels }, createRng(1));
      expect(lossAt(collaborative)).toBeLessThan(lossAt(images));
      expect(tf.max(tf.abs(tf.sub(collaborative, images))).dataSync()[0]).toBeLessThanOrEqual(8 / 255 + 1e-6);
    });
    expect(
      countTensors(() => tf.dispose(collaborativeSearch(base)(classifier, { images, labels }, createRng(1)))),
    ).toBe(0);
  });

  it('rejects an unknown loss', () => {
    expect(() => collaborativeSearch({ ...base, descend: 'js' as 'margin' })).toThrow(
      "[@st/attacks] collaborativeSearch: descend must be one of 'cross-entropy', 'margin', got 'js'.",
    );
  });
});
