import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';
import { broadcastLayout } from './broadcast-layout.ts';

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1e-40,
  -1e-40,
  1e-7,
  3e38,
  -3e38,
  88,
  -104,
  100,
  8388609.5,
  Infinity,
  -Infinity,
  NaN,
];

const UNARY: readonly (readonly [string, (x: tf.Tensor) => tf.Tensor])[] = [
  ['abs', tf.abs],
  ['neg', tf.neg],
  ['square', tf.square],
  ['sqrt', tf.sqrt],
  ['rsqrt', tf.rsqrt],
  ['reciprocal', tf.reciprocal],
  ['exp', tf.exp],
  ['expm1', tf.expm1],
  ['log', tf.log],
  ['log1p', tf.log1p],
  ['sigmoid', tf.sigmoid],
  ['tanh', tf.tanh],
  ['softplus', tf.softplus],
  ['relu', tf.relu],
  ['relu6', tf.relu6],
  ['elu', tf.elu],
  ['sign', tf.sign],
  ['floor', tf.floor],
  ['ceil', tf.ceil],
  ['round', tf.round],
  ['isNaN', tf.isNaN],
  ['isInf', tf.isInf],
  ['isFinite', tf.isFinite],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.3)],
  ['step', (x) => tf.step(x, 0.25)],
  ['clipByValue', (x) => tf.clipByValue(x, -0.7, 1.1)],
];

const BINARY: readonly (readonly [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor])[] = [
  ['add', tf.add],
  ['sub', tf.sub],
  ['mul', tf.mul],
  ['div', tf.div],
  ['maximum', tf.maximum],
  ['minimum', tf.minimum],
  ['squaredDifference', tf.squaredDifference],
  ['pow', tf.pow],
  ['prelu', tf.prelu],
  ['equal', tf.equal],
  ['notEqual', tf.notEqual],
  ['greater', tf.greater],
  ['greaterEqual', tf.greaterEqual],
  ['less', tf.less],
  ['lessEqual', tf.lessEqual],
  ['logicalAnd', (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.less(b, 1))],
  ['logicalOr', (a, b) => tf.logicalOr(tf.greater(a, 0), tf.less(b, 1))],
];

describe('element-wise functions of one tensor', () => {
  it.each(UNARY)('%s is as on cpu, at special values too', async (_, op) => {
    await expectAsOnCpu(() => [
      op(tf.tensor1d(SPECIAL)),
      op(randomTensor([7, 11], 1)),
      op(randomTensor([70_001], 2, -9, 9)),
    ]);
  });

  const exact: readonly (readonly [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, number])[] = [
    ['exp', tf.exp, Math.exp, -20],
    ['log', tf.log, Math.log, 1e-6],
    ['tanh', tf.tanh, Math.tanh, -20],
    ['sigmoid', tf.sigmoid, (x) => 1 / (1 + Math.exp(-x)), -20],
    ['expm1', tf.expm1, Math.expm1, -20],
    ['log1p', tf.log1p, Math.log1p, -0.999],
    ['softplus', tf.softplus, (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0), -20],
  ];

  it.each(exact)('%s is within 3 ulp', (_, op, definition, low) => {
    const x = randomTensor([20_000], 3, low, 20);
    const y = op(x);
    const values = x.dataSync();
    const got = y.dataSync();
    for (const [i, value] of values.entries()) {
      const wanted = definition(value);
      expect(Math.abs((got[i] ?? NaN) - wanted)).toBeLessThanOrEqual(3 * 1.2e-7 * Math.abs(wanted));
    }
    tf.dispose([x, y]);
  });
});

describe('element-wise functions of two tensors', () => {
  it.each(BINARY)('%s is as on cpu, at special values too', async (_, op) => {
    await expectAsOnCpu(() => {
      const special = tf.tensor1d(SPECIAL);
      return [
        op(tf.expandDims(special, 1), special),
        op(randomTensor([3, 4, 5], 1), randomTensor([3, 4, 5], 2)),
        op(randomTensor([65, 513], 3), randomTensor([1], 4)),
      ];
    });
  });

  it('broadcasts shapes as cpu does', async () => {
    const axis = fc.record({ size: fc.integer({ min: 1, max: 5 }), a: fc.boolean(), b: fc.boolean() });
    const shapes = fc.record({
      axes: fc.array(axis, { maxLength: 5 }),
      cutA: fc.nat(5),
      cutB: fc.nat(5),
      long: fc.boolean(),
      op: fc.nat(BINARY.length - 1),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ axes, cutA, cutB, long, op }) => {
        const all = long ? [...axes.slice(0, 3), { size: 200, a: true, b: axes[0]?.b ?? true }] : axes;
        const full = all.map(({ size }) => size);
        const a = full.map((size, i) => (all[i]?.a ? size : 1)).slice(Math.min(cutA, full.length));
        const b = full.map((size, i) => (all[i]?.b ? size : 1)).slice(Math.min(cutB, full.length));
        const [, apply = tf.add] = BINARY[op] ?? [];
        await expectAsOnCpu(() => apply(randomTensor(a, 1), randomTensor(b, 2)));
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  it('computes powers as cpu does, including squares', async () => {
    await expectAsOnCpu(() =>
      [2, 3, 0.5].flatMap((exponent) => [
        tf.pow(tf.tensor1d(SPECIAL), exponent),
        tf.pow(randomTensor([65, 513], 5, -9, 9), tf.scalar(exponent)),
        tf.pow(tf.tensor1d([3, -4, 0], 'int32'), tf.scalar(exponent, 'int32')),
        tf.pow(randomTensor([3], 6), tf.fill([2, 1], exponent)),
      ]),
    );
  });

  it('combines a short row with a long matrix', async () => {
    await expectAsOnCpu(() =>
      [1, 2, 3, 10, 64, 127, 128].flatMap((channels) => [
        tf.sub(randomTensor([1031, channels], 1), randomTensor([channels], 2)),
        tf.div(randomTensor([channels], 3), randomTensor([301, channels], 4, 1, 2)),
        tf.mul(randomTensor([301, channels], 5), randomTensor([301, 1], 6)),
      ]),
    );
  });

  it('rejects shapes that do not broadcast', () => {
    const [a, b] = [tf.zeros([2]), tf.zeros([3])];
    expect(() => tf.add(a, b)).toThrow('Operands could not be broadcast together with shapes 2 and 3.');
    tf.dispose([a, b]);
  });
});

describe('broadcastLayout', () => {
  it('merges axes along which both operands advance', () => {
    expect(broadcastLayout([2, 3, 4], [2, 3, 4])).toEqual({ shape: [2, 3, 4], native: Int32Array.of(1, 24, 1, 1) });
    expect(broadcastLayout([5, 2, 3], [2, 3])).toEqual({
      shape: [5, 2, 3],
      native: Int32Array.of(2, 5, 6, 6, 1, 0, 1),
    });
    expect(broadcastLayout([1, 1], [1])).toEqual({ shape: [1, 1], native: Int32Array.of(1, 1, 1, 1) });
  });
});

describe('casts and selection', () => {
  it('casts between floats, integers and booleans as cpu does', async () => {
    const floats = [0, -0.5, 1.9, -1.9, 2147483648, -2147483649, 1e20, NaN, Infinity, 4294967297];
    await expectAsOnCpu(() => [
      tf.cast(tf.tensor1d(floats), 'int32'),
      tf.cast(tf.tensor1d(floats), 'bool'),
      tf.cast(tf.tensor1d([3, -4, 0], 'int32'), 'float32'),
      tf.cast(tf.tensor1d([true, false, true], 'bool'), 'float32'),
      tf.cast(tf.tensor1d([true, false, true], 'bool'), 'int32'),
      tf.cast(tf.tensor1d([3, -4, 0], 'int32'), 'bool'),
    ]);
  });

  it('casts booleans to integers, and integers to booleans', async () => {
    await expectAsOnCpu(() => [
      tf.cast(tf.tensor1d([true, false, true], 'bool'), 'int32'),
      tf.cast(tf.tensor1d([3, -4, 0, 2 ** 31 - 1], 'int32'), 'bool'),
    ]);
  });

  it('selects integers bit for bit', async () => {
    // bits of a quiet and of a signalling NaN, of a subnormal number and of -0
    const [some, others] = [
      [0x7fc00001, 0x7fa00000, 1, -(2 ** 31)],
      [5, 6, 7, 8],
    ];
    await expectAsOnCpu(() =>
      tf.where(tf.tensor1d([true, true, true, true], 'bool'), tf.tensor1d(some, 'int32'), tf.tensor1d(others, 'int32')),
    );
    await expectAsOnCpu(() =>
      tf.where(
        tf.tensor1d([true, false, false, true], 'bool'),
        tf.tensor1d(some, 'int32'),
        tf.tensor1d(others, 'int32'),
      ),
    );
  });

  it('computes one-hot rows, empty for indices out of range, also with other values and types', async () => {
    const indices = () =>
      tf.tensor2d(
        [
          [0, 3, -1],
          [4, 2, 2 ** 31 - 1],
        ],
        [2, 3],
        'int32',
      );
    await expectAsOnCpu(() => [
      tf.oneHot(indices(), 4),
      tf.oneHot(indices(), 4, 5, -2),
      tf.oneHot(indices(), 4, 1, 0, 'float32'),
      tf.oneHot(indices(), 4, 1, 0, 'bool'),
      tf.oneHot(tf.scalar(2, 'int32'), 4),
      tf.oneHot(tf.tensor1d([], 'int32'), 4),
    ]);
  });

  it('selects elements, and rows by a vector', async () => {
    await expectAsOnCpu(() =>
      tf.where(tf.greater(randomTensor([9, 700], 1), 0), randomTensor([9, 700], 2), randomTensor([9, 700], 3)),
    );
    const chosen = tf.tidy(() => {
      const [condition, t] = [
        tf.tensor1d([true, false], 'bool'),
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      ];
      return tf.engine().runKernel('Select', { condition, t, e: tf.add(t, 4) }) as tf.Tensor;
    });
    expect(Array.from(chosen.dataSync())).toEqual([1, 2, 7, 8]);
    chosen.dispose();
  });
});
