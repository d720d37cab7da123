import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAsOnCpu, randomTensor } from './expect-as-on-cpu.fixture.ts';
import { NativeBackend } from './native-backend.ts';

function backend(): NativeBackend {
  const active = tf.backend();
  if (!(active instanceof NativeBackend)) throw new Error('the native back end is not active');
  return active;
}

/** A tensor in pool memory, like the result of a kernel; a tensor made from an array of the caller's is not. */
const owned = (shape: number[], seed: number): tf.Tensor => tf.tidy(() => tf.mul(randomTensor(shape, seed), 1));
const positive = (shape: number[], seed: number): tf.Tensor =>
  tf.tidy(() => tf.add(tf.abs(randomTensor(shape, seed)), 0.5));
const waits = (x: tf.Tensor): boolean => backend().deferredOf(x) !== undefined;

const run = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) =>
  tf.engine().runKernel(name, inputs, attrs) as tf.Tensor | tf.Tensor[];
const first = (results: tf.Tensor | tf.Tensor[]): tf.Tensor => [results].flat()[0] as tf.Tensor;

type Drawn = { size: number; channels: number; filters: number; side: 1 | 3; stride: 1 | 2; relu: boolean };
const drawn: fc.Arbitrary<Drawn> = fc.record({
  size: fc.integer({ min: 8, max: 13 }),
  channels: fc.integer({ min: 3, max: 20 }),
  filters: fc.integer({ min: 12, max: 40 }),
  side: fc.constantFrom(1, 3),
  stride: fc.constantFrom(1, 2),
  relu: fc.boolean(),
});

function layer({ size, channels, filters, side, stride }: Drawn) {
  const x = owned([2, size, size, channels], 1) as tf.Tensor4D;
  const filter = owned([side, side, channels, filters], 2) as tf.Tensor4D;
  const out = Math.floor((size + 2 * ((side - 1) / 2) - side) / stride) + 1;
  const shape: [number, number, number, number] = [2, out, out, filters];
  const forward = () => tf.conv2d(x, filter, stride, (side - 1) / 2) as tf.Tensor;
  return { x, shape, forward, dy: owned(shape, 3), filter };
}

const statistics = (channels: number) => ({
  gamma: randomTensor([channels], 4),
  beta: randomTensor([channels], 5),
  mean: randomTensor([channels], 6),
  variance: positive([channels], 7),
});

/**
 * The result of `work` on a deferred tensor and on the same tensor after it was read: the bits must be the same. Returns 1 if
 * anything was deferred; tensors too small for the pool are not.
 */
function expectSameBits(make: () => tf.Tensor, work: (x: tf.Tensor) => tf.Tensor): 0 | 1 {
  let waited: 0 | 1 = 0;
  tf.tidy(() => {
    const followed = work(make());
    waited = waits(followed) ? 1 : 0;
    const computed = make();
    computed.dataSync();
    expect(waits(computed)).toBe(false);
    expect(followed.dataSync()).toEqual(work(computed).dataSync());
  });
  return waited;
}

// Without the pool, no array belongs to the back end.
const withPool = describe.skipIf(process.env.ST_NATIVE_NO_POOL === '1');

withPool('a deferred convolution', () => {
  it('has the bits of separate ops with normalization, shortcut and ReLU fused', () => {
    let waited = 0;
    fc.assert(
      fc.property(drawn, fc.boolean(), (draw, shortcut) => {
        tf.tidy(() => {
          const { forward, shape } = layer(draw);
          const activation = draw.relu ? 'relu' : 'linear';
          const residual: { residual?: tf.Tensor } = shortcut ? { residual: owned(shape, 8) } : {};
          const inputs = { ...statistics(draw.filters), ...residual };
          waited += expectSameBits(forward, (x) =>
            first(run('StBatchNormInference', { x, ...inputs }, { epsilon: 1e-5, activation })),
          );
        });
      }),
      { numRuns: 40 },
    );
    expect(waited).toBeGreaterThan(5);
  });

  it('has the bits of separate ops in the backward pass, with a masked gradient and a sum fused', () => {
    let waited = 0;
    fc.assert(
      fc.property(drawn, (draw) => {
        tf.tidy(() => {
          const { dy, filter, x } = layer(draw);
          const { gamma, variance } = statistics(draw.channels);
          const attrs = { epsilon: 1e-5, activation: draw.relu ? 'relu' : 'linear', residual: false };
          const pad = (draw.side - 1) / 2;
          const inputGradient = () =>
            first(
              run(
                'Conv2DBackpropInput',
                { dy, filter },
                { strides: draw.stride, pad, dataFormat: 'NHWC', inputShape: x.shape },
              ),
            );
          const [y, other] = [owned(x.shape, 9), owned(x.shape, 10)];
          const masked = (at: tf.Tensor) =>
            first(run('StBatchNormInferenceGrad', { dy: at, y, variance, gamma }, attrs));
          waited += expectSameBits(inputGradient, (at) => tf.add(other, masked(at)));
          waited += expectSameBits(inputGradient, (at) => tf.add(at, other));
        });
      }),
      { numRuns: 40 },
    );
    expect(waited).toBeGreaterThan(5);
  });

  it('agrees with cpu in a block of a network', async () => {
    await expectAsOnCpu(() => {
      const { x, forward, shape, dy } = layer({ size: 12, channels: 16, filters: 16, side: 3, stride: 1, relu: true });
      const again = owned([3, 3, 16, 16], 11) as tf.Tensor4D;
      const conv = (at: tf.Tensor) => tf.conv2d(at as tf.Tensor4D, again, 1, 1) as tf.Tensor;
      const sum = tf.add(conv(tf.relu(forward())), x);
      const gradient = tf.grad((at) => tf.sum(tf.mul(dy, tf.add(conv(tf.relu(conv(at))), at))))(owned(shape, 12));
      return [sum, gradient];
    }, 3e-5);
  });

  it('can be added to another deferred one, and to itself', async () => {
    await expectAsOnCpu(() => {
      const { forward } = layer({ size: 9, channels: 8, filters: 16, side: 3, stride: 1, relu: false });
      const point = layer({ size: 9, channels: 8, filters: 16, side: 1, stride: 1, relu: false });
      const twice = forward();
      return [tf.add(forward(), point.forward()), tf.add(point.forward(), forward()), tf.add(twice, twice)];
    }, 3e-5);
  });

  it('can be read after ops were fused, and its next calls are then not deferred', () => {
    tf.tidy(() => {
      const { forward, shape } = layer({ size: 11, channels: 5, filters: 24, side: 3, stride: 1, relu: false });
      const shortcut = owned(shape, 8);
      const wanted = forward().dataSync();
      const x = forward();
      expect(waits(tf.add(x, shortcut))).toBe(true);
      expect(x.dataSync()).toEqual(wanted);
      expect(waits(tf.add(forward(), shortcut))).toBe(false);
      expect(tf.sub(tf.add(forward(), shortcut), shortcut).dataSync()).toHaveLength(wanted.length);
    });
  });

  it('uses the weights and the input as they were when it was called', () => {
    const { x, filter, forward, dy } = layer({ size: 10, channels: 6, filters: 14, side: 3, stride: 1, relu: false });
    const wanted = tf.tidy(() => forward().dataSync());
    const weights = tf.variable(filter);
    const y = tf.conv2d(x, weights as tf.Tensor4D, 1, 1);
    expect(waits(y)).toBe(true);
    const zeros = tf.zerosLike(filter);
    weights.assign(zeros);
    x.dispose();
    // free blocks are reused
    const others = Array.from({ length: 8 }, (_, i) => owned([2, 10, 10, 6], 20 + i));
    expect(y.dataSync()).toEqual(wanted);
    tf.dispose([y, dy, weights, zeros, filter, others]);
  });

  it('is not deferred if the input is an array of the caller', () => {
    const values = new Float32Array(2 * 16 * 16 * 4).fill(1);
    const y = tf.tidy(() =>
      tf.conv2d(tf.tensor4d(values, [2, 16, 16, 4]), owned([3, 3, 4, 16], 2) as tf.Tensor4D, 1, 1),
    );
    const wanted = tf.tidy(() =>
      tf.conv2d(tf.ones([2, 16, 16, 4]) as tf.Tensor4D, owned([3, 3, 4, 16], 2) as tf.Tensor4D, 1, 1),
    );
    values.fill(7);
    expect(y.dataSync()).toEqual(wanted.dataSync());
    tf.dispose([y, wanted]);
  });

  it('leaks no memory if it is never read', () => {
    const memory = () => ({ ...tf.memory(), pool: backend().pool.statistics().used });
    const before = memory();
    tf.tidy(() => {
      const { forward, shape } = layer({ size: 13, channels: 16, filters: 16, side: 3, stride: 1, relu: false });
      const x = forward();
      const sum = tf.add(x, owned(shape, 3));
      tf.reshape(sum, [-1]);
      expect(waits(sum)).toBe(true);
    });
    expect(memory()).toEqual(before);
  });
});

withPool('a deferred gradient of a batch normalization', () => {
  it('has the bits of separate ops with a sum fused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 9, max: 90 }),
        fc.integer({ min: 60, max: 70 }),
        fc.boolean(),
        (rows, channels, relu) => {
          tf.tidy(() => {
            const [x, dy, other] = [1, 2, 3].map((seed) => owned([rows, channels], seed)) as [
              tf.Tensor,
              tf.Tensor,
              tf.Tensor,
            ];
            const { gamma, beta } = statistics(channels);
            const attrs = { epsilon: 1e-5, activation: relu ? 'relu' : 'linear' };
            const [y, mean, variance] = run('StBatchNorm', { x, gamma, beta }, attrs) as [
              tf.Tensor,
              tf.Tensor,
              tf.Tensor,
            ];
            const inputs = { dy, x, y, mean, variance, gamma, beta };
            const gradient = () => first(run('StBatchNormGrad', inputs, { ...attrs, residual: false }));
            expect(waits(gradient())).toBe(true);
            expectSameBits(gradient, (dx) => tf.add(other, dx));
            expectSameBits(gradient, (dx) => tf.add(tf.add(dx, other), other));
          });
        },
      ),
      { numRuns: 30 },
    );
  });
});
