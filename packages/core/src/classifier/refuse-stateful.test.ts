import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { asClassifier } from './as-classifier.ts';
import { logitsClassifier } from './logits-classifier.ts';

/** Reads the rows of an image one after the other. */
function recurrent(stateful: boolean, activation: 'linear' | 'softmax' = 'linear'): LayersModel {
  const rows = sequential({
    layers: [
      layers.reshape({ batchInputShape: [2, 4, 4, 1], targetShape: [4, 4] }),
      layers.simpleRNN({
        ...{ name: 'reader', units: 3, stateful },
        recurrentInitializer: initializers.glorotUniform({ seed: 1 }),
      }),
    ],
  });
  return sequential({ layers: [rows, layers.dense({ units: 3, activation })] });
}

describe('a model with a layer that goes on from the images before', () => {
  it('is refused by the name of the layer, in nested models too', () => {
    const [linear, softmax] = [recurrent(true), recurrent(true, 'softmax')];
    const message =
      "the model must judge each image by itself, but its layer 'reader' is stateful: it goes on from the images of the pass before. Build it with stateful: false, and load the same weights.";
    expect(() => asClassifier(linear)).toThrow(`[@st/core] asClassifier: ${message}`);
    expect(() => logitsClassifier(softmax)).toThrow(`[@st/core] logitsClassifier: ${message}`);
    linear.dispose();
    softmax.dispose();
  });

  it('is taken where the layer begins anew with every image', () => {
    const model = recurrent(false);
    expect(asClassifier(model).classes).toBe(3);
    model.dispose();
  });
});
