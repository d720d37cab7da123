import { asClassifier, BackendError, checkTrainable } from '@st/core';
import { expectClose, testBackend, valuesOn } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

/** A network with one of every stock layer that image classifiers are made of. */
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

/** Gradients of a cross-entropy to the images and to every weight, computed on the active back end. */
function stockGradients(): tf.Tensor[] {
  return tf.tidy(() => {
    const classifier = asClassifier(stockNetwork());
    const images = tf.randomUniform<tf.Rank.R4>([4, 12, 12, 3], 0, 1, 'float32', 7);
    const targets = tf.oneHot(tf.tensor1d([0, 3, 1, 4], 'int32'), 5);
    const loss = (images: tf.Tensor): tf.Scalar => {
      const logits = classifier.logits(images as tf.Tensor4D, 'batch-tracking');
      return tf.mul(-1, tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1)));
    };
    const variables = classifier.parameters.map(({ variable }) => variable);
    const { grads } = tf.variableGrads(() => loss(images), variables);
    const byWeight = variables.map(({ name }) => grads[name] as tf.Tensor);
    return [tf.grad(loss)(images), ...byWeight];
  });
}

describe.runIf(testBackend() !== 'cpu')('training', () => {
  it('gives a network of stock layers the gradients that cpu gives it', async () => {
    const expected = await valuesOn('cpu', stockGradients);
    const actual = stockGradients();
    expect(actual.length).toBe(expected.length);
    actual.forEach((gradient, i) => {
      expectClose(gradient, expected[i] as Float32Array);
    });
    tf.dispose(actual);
  });
});

describe.runIf(testBackend() === 'wasm')('training on wasm', () => {
  it('is refused before the first step where a kernel is missing', () => {
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
