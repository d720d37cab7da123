import { asClassifier, BackendError, type Classifier } from '@st/core';
import { checkTrainable } from '@st/core/kit';
import { testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

/** A network with one of each stock layer that image classifiers use. */
function stockNetwork(): layers.LayersModel {
  let seed = 1;
  const init = () => layers.initializers.glorotUniform({ seed: seed++ });
  const { conv2d, separableConv2d, depthwiseConv2d, conv2dTranspose, dense } = layers.layers;
  return layers.sequential({
    layers: [
      conv2d({ inputShape: [12, 12, 3], filters: 4, kernelSize: 3, padding: 'same', kernelInitializer: init() }),
      layers.layers.batchNormalization(),
      layers.layers.leakyReLU(),
      layers.layers.maxPooling2d({ poolSize: 2 }),
      separableConv2d({ filters: 6, kernelSize: 3, depthwiseInitializer: init(), pointwiseInitializer: init() }),
      layers.layers.activation({ activation: 'elu' }),
      depthwiseConv2d({ kernelSize: 2, strides: 2, padding: 'same', depthwiseInitializer: init() }),
      layers.layers.upSampling2d({ size: [2, 2] }),
      conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, kernelInitializer: init(), activation: 'sigmoid' }),
      layers.layers.zeroPadding2d({ padding: 1 }),
      layers.layers.averagePooling2d({ poolSize: 3, strides: 2 }),
      layers.layers.layerNormalization(),
      layers.layers.globalAveragePooling2d({}),
      dense({ units: 8, activation: 'tanh', kernelInitializer: init() }),
      layers.layers.dropout({ rate: 0 }),
      dense({ units: 5, kernelInitializer: init() }),
    ],
  });
}

type Loss = (images: tf.Tensor) => tf.Scalar;

/** The cross-entropy of the network, with batch statistics. */
function lossOf(classifier: Classifier): Loss {
  const targets = tf.oneHot(tf.tensor1d([0, 3, 1, 4], 'int32'), 5);
  return (images) => {
    const logits = classifier.logits(images as tf.Tensor4D, 'batch-frozen');
    return tf.mul(-1, tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1)));
  };
}

/** The derivative of `loss` at 0: central differences at `step` and `step / 2`, combined so that the third derivative cancels. */
function slope(loss: (step: number) => number, step: number): number {
  const central = (h: number): number => (loss(h) - loss(-h)) / (2 * h);
  return (4 * central(step / 2) - central(step)) / 3;
}

const scalarOf = (x: tf.Tensor): number => x.dataSync()[0] ?? Number.NaN;
const dot = (a: tf.Tensor, b: tf.Tensor): number => scalarOf(tf.sum(tf.mul(a, b)));
/** A unit vector near the direction of the gradient. */
const direction = (gradient: tf.Tensor, seed: number): tf.Tensor => {
  const mixed = tf.add(
    tf.div(gradient, tf.norm(gradient)),
    tf.randomNormal(gradient.shape, 0, 0.3 / Math.sqrt(gradient.size), 'float32', seed),
  );
  return tf.div(mixed, tf.norm(mixed));
};

// checked by finite differences, not against another back end: some gradients of tfjs are wrong on all back ends
describe('training', () => {
  it('gives stock layers gradients that agree with finite differences, with respect to images and every weight', () => {
    tf.tidy(() => {
      const classifier = asClassifier(stockNetwork());
      const loss = lossOf(classifier);
      const images = tf.randomUniform([4, 12, 12, 3], 0, 1, 'float32', 7);
      const variables = classifier.parameters.map(({ variable }) => variable);
      const { grads } = tf.variableGrads(() => loss(images), variables);
      const byImages = tf.grad(loss)(images);
      const along = direction(byImages, 1);
      const expected = slope((step) => scalarOf(loss(tf.add(images, tf.mul(along, step)))), 0.05);
      expect(dot(byImages, along), 'by the images').toBeCloseTo(expected, 2);
      expect(expected).not.toBeCloseTo(0, 2);
      for (const [i, variable] of variables.entries()) {
        const gradient = grads[variable.name] as tf.Tensor;
        const [start, way] = [tf.clone(variable), direction(gradient, i + 2)];
        const measured = slope((step) => {
          variable.assign(tf.add(start, tf.mul(way, step)));
          return scalarOf(loss(images));
        }, 0.05);
        variable.assign(start);
        const size = Math.max(1, scalarOf(tf.norm(gradient)));
        expect(Math.abs(dot(gradient, way) - measured) / size, `by weight ${i}: ${measured}`).toBeLessThan(0.01);
      }
    });
  });
});

describe.runIf(testBackend() === 'wasm')('training on wasm', () => {
  it('fails before the first step if a kernel is missing', () => {
    const kernel = tf.getKernel('Conv2DBackpropFilter', 'wasm');
    tf.unregisterKernel('Conv2DBackpropFilter', 'wasm');
    try {
      const check = () => checkTrainable('[@st/core] fit', asClassifier(stockNetwork()), tf.ones([2, 12, 12, 3]));
      expect(check).toThrow(BackendError);
      expect(check).toThrow("the back end 'wasm' cannot train this model: it has no kernel Conv2DBackpropFilter.");
    } finally {
      tf.registerKernel(kernel);
    }
  });
});
