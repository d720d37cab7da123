import { readFileSync } from 'node:fs';
import { countTensors, expectClose, keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../errors/errors.ts';
import { readSafetensors } from '../safetensors/safetensors-read.ts';
import { piecewise } from '../schedules/piecewise.ts';
import { SGD, type SgdOptions } from './sgd.ts';

const golden = readSafetensors(readFileSync(new URL('../../fixtures/schedules.safetensors', import.meta.url)));
function goldenTensor(name: string): tf.Tensor {
  const found = golden.tensors.get(name);
  if (!found) throw new Error(`no tensor ${name}`);
  return tf.tensor(Float32Array.from(found.data, Number), [...found.shape]);
}

function variable(values: number[], name?: string): tf.Variable {
  const initial = tf.tensor1d(values);
  const created = tf.variable(initial, true, name);
  initial.dispose();
  keep(created);
  return created;
}

function sgd(options: SgdOptions): SGD {
  const optimizer = new SGD(options);
  keep(optimizer);
  return optimizer;
}

const gradientOf = (name: string, values: number[]) => new Map([[name, tf.tensor1d(values)]]);

describe('SGD', () => {
  it.each([
    ['plain', {}],
    ['mom', { momentum: 0.9 }],
    ['mom_wd', { momentum: 0.9, weightDecay: 5e-4 }],
    ['nesterov_wd', { momentum: 0.9, weightDecay: 5e-4, nesterov: true }],
  ])('takes the same five steps as torch.optim.SGD (%s)', (name, options) => {
    const start = goldenTensor('sgd/w0');
    const weights = tf.variable(start);
    const grads = tf.unstack(goldenTensor('sgd/grads'));
    const wanted = tf.unstack(goldenTensor(`sgd/${name}`));
    const rates = Array.from(golden.tensors.get('sgd/lrs')?.data ?? [], Number);
    const optimizer = sgd({ learningRate: ({ epoch }) => rates[epoch - 1] ?? Number.NaN, ...options });
    grads.forEach((gradient, i) => {
      optimizer.setProgress({ epoch: i + 1, step: 0, stepsPerEpoch: 1, epochs: 5 });
      optimizer.update([{ name: 'w', variable: weights }], new Map([['w', gradient]]));
      expectClose(weights, wanted[i] ?? []);
    });
    expect(optimizer.iterations).toBe(5);
    tf.dispose([start, weights, grads, wanted]);
  });

  it('works as a tfjs optimizer: minimize reaches the minimum of a quadratic', () => {
    const x = variable([4, -3]);
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.5 });
    expect(optimizer).toBeInstanceOf(tf.Optimizer);
    for (let i = 0; i < 60; i++) optimizer.minimize(() => tf.sum(tf.square(tf.sub(x, 1))), false, [x]);
    expectClose(x, [1, 1]);
  });

  it('takes the same steps through minimize as through update', () => {
    const options = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true };
    const [a, b] = [variable([1, 2]), variable([1, 2])];
    const [viaMinimize, viaUpdate] = [sgd(options), sgd(options)];
    for (let i = 0; i < 3; i++) {
      viaMinimize.minimize(() => tf.sum(tf.mul(a, 3)), false, [a]);
      viaUpdate.update([{ name: 'b', variable: b }], gradientOf('b', [3, 3]));
    }
    expect(a.dataSync()).toEqual(b.dataSync());
  });

  it('does not change a parameter without gradient, by decay or momentum either', () => {
    const [used, unused] = [variable([1]), variable([5])];
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.5 });
    optimizer.minimize(() => tf.sum(used) as tf.Scalar, false, [used, unused]);
    optimizer.update([{ name: 'unused', variable: unused }], new Map());
    expect(unused.dataSync()[0]).toBe(5);
    const { slots } = optimizer.state();
    expect([...slots.keys()]).toEqual([`momentum/${used.name}`]);
    tf.dispose([...slots.values()]);
  });

  it('keys its slots by the stable names passed to update, also if minimize steps later', () => {
    const weights = variable([1]);
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
    optimizer.update([{ name: 'conv1/kernel', variable: weights }], gradientOf('conv1/kernel', [1]));
    optimizer.minimize(() => tf.sum(weights) as tf.Scalar, false, [weights]);
    const { slots, steps } = optimizer.state();
    expect([...slots.keys()]).toEqual(['momentum/conv1/kernel']);
    expectClose(slots.get('momentum/conv1/kernel') ?? [], [1.9]);
    expect(steps).toBe(2);
    tf.dispose([...slots.values()]);
  });

  it('continues bit for bit from a saved state', () => {
    const options = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 };
    const weights = variable([0.3, -0.7]);
    const step = (optimizer: SGD) => optimizer.update([{ name: 'w', variable: weights }], gradientOf('w', [0.1, 0.2]));
    const first = sgd(options);
    step(first);
    step(first);
    const state = first.state();
    const saved = weights.clone();
    step(first);
    const wanted = weights.dataSync();
    weights.assign(saved);
    const second = sgd(options);
    second.restore(state);
    tf.dispose([...state.slots.values(), saved]);
    step(second);
    expect(weights.dataSync()).toEqual(wanted);
    expect(second.iterations).toBe(3);
  });

  it('keeps one tensor per parameter, borrows the gradients, and frees all on dispose', () => {
    const weights = variable([1, 2]);
    const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1, nesterov: true });
    const gradient = tf.tensor1d([1, 1]);
    const step = () => optimizer.update([{ name: 'w', variable: weights }], new Map([['w', gradient]]));
    expect(countTensors(step)).toBe(1);
    expect(
      countTensors(() => {
        for (let i = 0; i < 5; i++) step();
      }),
    ).toBe(0);
    expectClose(gradient, [1, 1]);
    expect(countTensors(() => optimizer.dispose())).toBe(-1);
    gradient.dispose();
  });

  it('follows a schedule', () => {
    const optimizer = sgd({ learningRate: piecewise(1, { 2: 0.5 }) });
    optimizer.setProgress({ epoch: 2, step: 0, stepsPerEpoch: 1, epochs: 2 });
    expect(optimizer.learningRate).toBe(0.5);
    expect(optimizer.learningRateAt({ epoch: 1, step: 0, stepsPerEpoch: 1, epochs: 2 })).toBe(1);
  });

  it.each<[SgdOptions, string]>([
    [{ learningRate: -1 }, '[@st/core] SGD: learningRate must be a finite number >= 0, got -1.'],
    [{ learningRate: 0.1, momentum: 1 }, '[@st/core] SGD: momentum must be a finite number in [0, 1), got 1.'],
    [{ learningRate: 0.1, weightDecay: -1 }, '[@st/core] SGD: weightDecay must be a finite number >= 0, got -1.'],
    [{ learningRate: 0.1, nesterov: true }, '[@st/core] SGD: nesterov needs momentum > 0, got 0.'],
    // @ts-expect-error a misspelled option
    [{ learningRate: 0.1, weight_decay: 1 }, "unknown option 'weight_decay'; did you mean 'weightDecay'?"],
  ])('refuses invalid arguments (%#)', (options, message) => {
    expect(() => new SGD(options)).toThrow(InvalidArgumentError);
    expect(() => new SGD(options)).toThrow(message);
  });

  it('refuses to step with a schedule before setProgress', () => {
    const optimizer = sgd({ learningRate: () => 1 });
    expect(() => optimizer.learningRate).toThrow(
      '[@st/core] SGD: learningRate is a schedule, so setProgress({ epoch, step, stepsPerEpoch, epochs }) must be called before each step',
    );
  });

  it('refuses a schedule that returns NaN', () => {
    const optimizer = sgd({ learningRate: () => Number.NaN });
    expect(() => optimizer.learningRateAt({ epoch: 1, step: 0, stepsPerEpoch: 1, epochs: 1 })).toThrow(
      '[@st/core] SGD: the rate from the schedule must be a finite number >= 0, got NaN.',
    );
  });

  it('refuses gradients of an unknown variable and the state of another optimizer', () => {
    const optimizer = sgd({ learningRate: 1 });
    const gradient = tf.scalar(1);
    expect(() => optimizer.applyGradients({ nobody: gradient })).toThrow(
      "[@st/core] SGD.applyGradients: each gradient must have the name of a variable of the tfjs engine, got 'nobody'.",
    );
    expect(() => optimizer.restore({ steps: 1, slots: new Map([['adam/w', gradient]]) })).toThrow(
      "[@st/core] SGD.restore: slots must be named 'momentum/<parameter>', got 'adam/w'.",
    );
    expect(() => optimizer.restore({ steps: -1, slots: new Map() })).toThrow('steps must be an integer >= 0, got -1.');
    gradient.dispose();
  });
});
