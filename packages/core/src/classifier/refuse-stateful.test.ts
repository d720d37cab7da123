import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { asClassifier } from './as-classifier.ts';
import { logitsClassifier } from './logits-classifier.ts';

/** A recurrent model that reads the rows of an image one after the other. */
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

describe('a model with a recurrent layer', () => {
  it('is refused if the layer is stateful, also in a nested model; the error names the layer', () => {
    const [linear, softmax] = [recurrent(true), recurrent(true, 'softmax')];
    const message =
      "the model must judge each image by itself, but its layer 'reader' is stateful: its output depends on the images of earlier passes. Build it with stateful: false, and load the same weights.";
    expect(() => asClassifier(linear)).toThrow(`[@st/core] asClassifier: ${message}`);
    expect(() => logitsClassifier(softmax)).toThrow(`[@st/core] logitsClassifier: ${message}`);
    linear.dispose();
    softmax.dispose();
  });

  it('is accepted if the layer is not stateful', () => {
    const model = recurrent(false);
    expect(asClassifier(model).classes).toBe(3);
    model.dispose();
  });
});
