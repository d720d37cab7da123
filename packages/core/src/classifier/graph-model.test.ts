import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

import { createRng } from '../rng.ts';
import { asClassifier } from './as-classifier.ts';
import type { Classifier } from './classifier.ts';
import {
  FLOAT,
  fusedNetwork,
  type GraphNode,
  graphModelOf,
  ints,
  networkWeights,
  placeholder,
  texts,
  windows,
} from './graph-model.fixture.ts';

const made: { dispose(): void }[] = [];
afterEach(() => {
  for (const one of made.splice(0)) one.dispose();
});

async function load(nodes: readonly GraphNode[], signature?: object, more: Record<string, tf.Tensor> = {}) {
  const weights = { ...networkWeights(), ...more };
  const graph = await graphModelOf(nodes, weights, signature);
  made.push(graph);
  tf.dispose(weights);
  return graph;
}

function images(): tf.Tensor4D {
  const drawn = createRng(3).uniform([2, 6, 6, 3], 0, 1) as tf.Tensor4D;
  made.push(drawn);
  return drawn;
}

type Activation = (x: tf.Tensor) => tf.Tensor;

/** The activations as separate operations. */
const COMPOSED: Readonly<Record<string, Activation>> = {
  Relu: tf.relu,
  Relu6: tf.relu6,
  Elu: tf.elu,
  Sigmoid: tf.sigmoid,
  LeakyRelu: (x) => tf.leakyRelu(x, 0.1),
  Prelu: (x) => tf.leakyRelu(x, 0.3),
};

/** The network of `fusedNetwork`, written in separate ops. @param activation - Replaces the convolution's, and is applied after the last product. */
function reference(x: tf.Tensor4D, activation?: Activation): tf.Tensor2D {
  return tf.tidy(() => {
    const w = networkWeights();
    const conv = (activation ?? tf.relu)(tf.add(tf.conv2d(x, w.w1, 1, 'same'), w.b1)) as tf.Tensor4D;
    const pool = tf.maxPool(conv, 2, 2, 'same');
    const depth = tf.relu6(tf.add(tf.depthwiseConv2d(pool, w.w2, 1, 'same'), w.b2)) as tf.Tensor4D;
    const norm = tf.batchNorm(depth, w.mean, w.variance, w.offset, w.scale, 0.001);
    const flat = tf.reshape(tf.avgPool(norm as tf.Tensor4D, 3, 2, 'same'), [-1, 16]) as tf.Tensor2D;
    const hidden = tf.leakyRelu(tf.add(tf.matMul(flat, w.w3), w.b3), 0.2) as tf.Tensor2D;
    const last = tf.add(tf.matMul(hidden, w.w4), w.b4);
    return (activation ? activation(last) : last) as tf.Tensor2D;
  });
}

const valuesOf = (tensor: tf.Tensor): number[] => {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
};

const logitsOf = (classifier: Classifier, x: tf.Tensor4D): number[] => valuesOf(classifier.logits(x, 'inference'));

const slopeOf = (logits: (x: tf.Tensor4D) => tf.Tensor2D, x: tf.Tensor4D): number[] =>
  valuesOf(tf.tidy(() => tf.grad((at) => tf.sum(tf.square(logits(at as tf.Tensor4D))))(x)));

function expectClose(values: readonly number[], expected: readonly number[]): void {
  const largest = Math.max(...expected.map(Math.abs));
  const apart = values.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
  expect(values).toHaveLength(expected.length);
  expect(Math.max(...apart)).toBeLessThan(1e-5 * largest);
}

const shapeOf = (...sizes: number[]): object => ({ dim: sizes.map((size) => ({ size: String(size) })) });
const SIGNATURE = {
  inputs: { images: { name: 'images:0', dtype: 'DT_FLOAT', tensorShape: shapeOf(-1, 6, 6, 3) } },
  outputs: { output_0: { name: 'logits:0', dtype: 'DT_FLOAT', tensorShape: shapeOf(-1, 3) } },
};

describe('a model of tfjs-converter', () => {
  it('of fused convolutions and products gives the logits and the gradient of the same network in separate ops, and leaks no tensor', async () => {
    const graph = await load(fusedNetwork());
    const classifier = asClassifier(graph, { classes: 3 });
    const x = images();
    const before = tf.memory().numTensors;
    expect([classifier.classes, classifier.imageShape]).toEqual([3, [6, 6, 3]]);
    expectClose(logitsOf(classifier, x), valuesOf(reference(x)));
    expectClose(
      slopeOf((at) => classifier.logits(at, 'inference'), x),
      slopeOf(reference, x),
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('states its class count if it was exported with a signature', async () => {
    const classifier = asClassifier(await load(fusedNetwork(), SIGNATURE));
    expect([classifier.classes, classifier.imageShape]).toEqual([3, [6, 6, 3]]);
    expect(() => asClassifier(made[0] as never, { classes: 4 })).toThrow(
      'classes must be what the graph returns, 3, got 4.',
    );
  });

  it.each<[string, GraphNode, Classifier['imageShape']]>([
    ['of any size', placeholder('images', [-1, -1, -1, 3]), [null, null, 3]],
    ['of no shape', { name: 'images', op: 'Placeholder', attr: { dtype: FLOAT } }, [null, null, null]],
    ['one at a time', placeholder('images', [1, 6, 6, 3]), [6, 6, 3]],
  ])('takes images %s', async (_, input, shape) => {
    const classifier = asClassifier(await load([input, ...fusedNetwork().slice(1)]), { classes: 3 });
    const x = images();
    expect(classifier.imageShape).toEqual(shape);
    expectClose(logitsOf(classifier, x), valuesOf(reference(x)));
    expectClose(
      slopeOf((at) => classifier.logits(at, 'inference'), x),
      slopeOf(reference, x),
    );
  });

  it('can also be wrapped in a function: with a map of inputs, or an inner node as output', async () => {
    const graph = await load(fusedNetwork());
    const x = images();
    const byName = asClassifier((at) => graph.predict({ images: at }) as tf.Tensor2D, { classes: 3 });
    expectClose(logitsOf(byName, x), valuesOf(reference(x)));
    const inner = asClassifier((at) => graph.execute(at, 'hidden') as tf.Tensor2D, { classes: 8 });
    expect(logitsOf(inner, x)).toHaveLength(16);
  });

  it.each(Object.keys(COMPOSED))(
    'has the values and the gradient of a fused %s, in convolutions and products',
    async (activation) => {
      const slopes = activation === 'Prelu' ? ['alpha'] : [];
      const fused = {
        num_args: { i: String(1 + slopes.length) },
        leakyrelu_alpha: { f: 0.1 },
        fused_ops: texts('BiasAdd', activation),
      };
      const network = fusedNetwork().map((node): GraphNode => {
        const input = [...(node.input ?? []), ...slopes];
        if (node.name === 'conv')
          return { ...node, input, attr: windows([1, 1], { dilations: ints(1, 1, 1, 1), ...fused }) };
        return node.name === 'hidden2' ? { ...node, input, attr: { T: FLOAT, ...fused } } : node;
      });
      const graph = await load(network, undefined, activation === 'Prelu' ? { alpha: tf.scalar(0.3) } : {});
      const classifier = asClassifier(graph, { classes: 3 });
      const x = images();
      const composed = (at: tf.Tensor4D): tf.Tensor2D => reference(at, COMPOSED[activation]);
      expectClose(logitsOf(classifier, x), valuesOf(composed(x)));
      expectClose(
        slopeOf((at) => classifier.logits(at, 'inference'), x),
        slopeOf(composed, x),
      );
    },
  );

  it.each<[string, (network: readonly GraphNode[]) => readonly GraphNode[], string]>([
    [
      'two outputs',
      (network) => [...network, { name: 'probabilities', op: 'Softmax', input: ['hidden2'], attr: { T: FLOAT } }],
      "the graph must have one output, the logits, got 'logits', 'probabilities'. Choose one: asClassifier((images) => graph.execute(images, 'logits'), { classes: 10 }).",
    ],
    [
      'two inputs',
      (network) => [
        placeholder('scale', []),
        ...network.slice(0, -1),
        { name: 'logits', op: 'Mul', input: ['hidden2', 'scale'], attr: { T: FLOAT } },
      ],
      "the graph must take one input, images, got 'scale', 'images'. Fix the others: asClassifier((images) => graph.predict({ 'images': images, ... }), { classes: 10 }).",
    ],
    [
      'a fixed batch',
      (network) => [placeholder('images', [8, 6, 6, 3]), ...network.slice(1)],
      'the graph must take batches of any size, got an input of [8, 6, 6, 3], for 8 images. Export it with a first dimension that is not fixed (input_shape [null, 6, 6, 3]).',
    ],
  ])('is refused, and the error says what to do: %s', async (_, change, message) => {
    const graph = await load(change(fusedNetwork()));
    expect(() => asClassifier(graph, { classes: 3 })).toThrow(message);
  });

  it('with control flow is refused at the first batch', async () => {
    const network: readonly GraphNode[] = [
      ...fusedNetwork().slice(0, -1),
      { name: 'switch', op: 'Switch', input: ['hidden2', 'predicate'], attr: { T: FLOAT } },
      { name: 'logits', op: 'Identity', input: ['switch:1'], attr: { T: FLOAT } },
    ];
    const classifier = asClassifier(await load(network, undefined, { predicate: tf.scalar(1, 'int32') }), {
      classes: 3,
    });
    expect(() => classifier.logits(images(), 'inference')).toThrow(
      'the graph must run synchronously, but contains control flow',
    );
  });
});
